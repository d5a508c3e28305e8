/** The dates of a forecast as one would say them. */

import type { ForecastFlag, ForecastMissing } from '../../gql/graphql';
import type { Formats } from '../../lib/format';

export interface Dates {
  earliest: string | null;
  expected: string | null;
  latest: string | null;
  flags: ForecastFlag[];
  missing: ForecastMissing | null;
}

export type Outlook = { known: false; why: string } | { known: true; when: { name: string; date: string; note?: string }[] };

const WHY: Record<ForecastMissing, string> = {
  COMPLETED: 'All of it is completed.',
  NO_ACTIONS: 'There is nothing to forecast: the plan has no actions.',
  LEFT_BEHIND: 'What is open will hardly be done: it is like work that was left behind before.',
  NO_HISTORY: 'There is no forecast yet: nothing has been completed to learn from.',
};

const DAY = 86_400_000;
/** Beyond this, days and then months are a precision that nobody has. */
const DAYS_ARE_TOLD = 45;
const MONTHS_ARE_TOLD = 730;

/** A day while it is near, a month when it is not, a year far out. */
export function roughly(instant: string, now: number, formats: Formats): string {
  const days = (Date.parse(instant) - now) / DAY;
  if (days < DAYS_ARE_TOLD) return formats.weekday(instant);
  return days < MONTHS_ARE_TOLD ? formats.month(instant) : formats.year(instant);
}

/** 80 % of what may come lies between the first and the last date. What lies beyond all that was observed is no date. */
export function outlook({ earliest, expected, latest, flags, missing }: Dates, now: number, formats: Formats): Outlook {
  if (missing !== null) return { known: false, why: WHY[missing] };
  if (earliest === null || expected === null || latest === null) return { known: false, why: WHY.NO_HISTORY };
  const isUnforeseeable = flags.includes('EXPECTED_BEYOND_HISTORY');
  const isOpen = isUnforeseeable || flags.includes('LATEST_BEYOND_HISTORY');
  return {
    known: true,
    when: [
      { name: 'Not before', date: roughly(earliest, now, formats) },
      isUnforeseeable ? { name: 'Most likely', date: 'Not foreseeable', note: 'later than all that was seen so far' } : { name: 'Most likely', date: roughly(expected, now, formats) },
      isOpen ? { name: 'Not after', date: 'Open', note: 'some may never be done' } : { name: 'Not after', date: roughly(latest, now, formats) },
    ],
  };
}
