/** Figures and times as people read them. Days and clock times are those of the plans' time zone, wherever the reader is. */

const LOCALE = 'en-US';

/** Formats for one time zone (an IANA name). */
export function formats(timeZone: string) {
  const of = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(LOCALE, { timeZone, ...options });
  const day = of({ month: 'short', day: 'numeric' });
  const dayOfYear = of({ month: 'short', day: 'numeric', year: 'numeric' });
  const month = of({ month: 'short', year: 'numeric' });
  const year = of({ year: 'numeric' });
  const weekday = of({ weekday: 'short', month: 'short', day: 'numeric' });
  const clock = of({ hour: 'numeric', minute: '2-digit' });
  const full = of({ weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });
  const iso = new Intl.DateTimeFormat('sv-SE', { timeZone });
  return {
    timeZone,
    /** Oct 27 */
    day: (instant: string | number) => day.format(new Date(instant)),
    /** Oct 27, 2025 */
    dayOfYear: (instant: string | number) => dayOfYear.format(new Date(instant)),
    /** Oct 2025 */
    month: (instant: string | number) => month.format(new Date(instant)),
    /** 2025 */
    year: (instant: string | number) => year.format(new Date(instant)),
    /** Mon, Oct 27 */
    weekday: (instant: string | number) => weekday.format(new Date(instant)),
    /** 4:05 PM */
    clock: (instant: string | number) => clock.format(new Date(instant)),
    /** Mon, Oct 27, 4:05 PM CDT */
    full: (instant: string | number) => full.format(new Date(instant)),
    /** 2025-10-27 */
    isoDay: (instant: string | number) => iso.format(new Date(instant)),
    /** today 4:05 PM, tomorrow, Mon, Oct 27 */
    due(instant: string, now: number): string {
      const days = Math.round((Date.parse(iso.format(new Date(instant))) - Date.parse(iso.format(now))) / 86_400_000);
      if (days === 0) return `today ${clock.format(new Date(instant))}`;
      if (days === 1) return 'tomorrow';
      if (days === -1) return 'yesterday';
      return (Math.abs(days) < 7 ? weekday : day).format(new Date(instant));
    },
  };
}

export type Formats = ReturnType<typeof formats>;

/** A range of calendar days, which have no time zone: Oct 21–27, 2025; Oct 27 – Nov 2, 2025; Dec 29, 2025 – Jan 4, 2026. */
export function dateRange(start: string, end: string): string {
  const format = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', month: 'short', day: 'numeric', year: 'numeric' });
  return format.formatRange(new Date(start), new Date(end));
}

/** A calendar day, which has no time zone: Oct 21. */
export function calendarDay(date: string): string {
  return new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', month: 'short', day: 'numeric' }).format(new Date(date));
}

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

/** A rate of 0–100: 68%. A dash where there is none. */
export function percent(rate: string | number | null | undefined): string {
  return rate === null || rate === undefined ? '–' : `${whole.format(Number(rate))}%`;
}

/** A figure with at most one decimal: 2.7. */
export function decimal(value: string | number | null | undefined, digits = 1): string {
  return value === null || value === undefined ? '–' : new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(Number(value));
}

/** US dollars in short: $98K, $1.2K, $1.25M, $640. */
export function money(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const amount = Number(value);
  const digits = Math.abs(amount) >= 1_000_000 ? 2 : Math.abs(amount) >= 10_000 ? 0 : Math.abs(amount) >= 1_000 ? 1 : 0;
  return new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency: 'USD',
    notation: 'compact',
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
  }).format(amount);
}

/** A range of money: $125K–175K; one figure where both are the same. */
export function moneyRange(low: string | null | undefined, high: string | null | undefined): string {
  if (!low || !high || Number(low) === Number(high)) return money(low ?? high);
  return `${money(low)}–${money(high).replace('$', '')}`;
}

const STEPS: [number, string][] = [
  [60, 's'],
  [60, 'm'],
  [24, 'h'],
  [Infinity, 'd'],
];

/** How long ago: now, 42s ago, 5m ago, 3h ago, 12d ago. */
export function ago(instant: string | number, now: number): string {
  let left = Math.max(0, Math.floor((now - new Date(instant).getTime()) / 1000));
  if (left < 5) return 'now';
  for (const [size, unit] of STEPS) {
    if (left < size) return `${left}${unit} ago`;
    left = Math.floor(left / size);
  }
  return '';
}
