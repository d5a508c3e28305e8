/** Which week the page shows: the one we are in, or `?week=2025-10-21`, of the default project or `?project=CODE`. */

import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react';
import { useNow } from '../now';
import { useViewer } from '../session';
import { useParam } from '../url';
import { useSection } from '../useSection';
import { variablesOf } from './variables';
import { WeekShownDocument, type WeekShownFragment, type WeekShownQueryVariables } from '../../gql/graphql';

interface Shown {
  /** Null while it is not known, and when there is none. */
  week: WeekShownFragment | null;
  /** Whether it is known. */
  known: boolean;
  /** Whether it is the week we are in. */
  current: boolean;
  /** The variables for documents that ask for the same week. */
  variables: WeekShownQueryVariables;
}

const WeekContext = createContext<Shown | null>(null);

/** Variables that name the week in the address. */
function useVariables(): WeekShownQueryVariables {
  const startDate = useParam('week');
  const project = useParam('project');
  return useMemo(() => variablesOf(startDate, project), [startDate, project]);
}

export function WeekProvider({ children }: { children: ReactNode }) {
  const variables = useVariables();
  const { data, error, retry } = useSection(WeekShownDocument, variables);
  // The week we are in ends at midnight where the plans are made.
  const { formats } = useViewer();
  const today = formats.isoDay(useNow());
  const known = useRef(today);
  useEffect(() => {
    if (known.current === today) return;
    known.current = today;
    if (variables.current) retry();
  }, [today, variables, retry]);

  const week = data?.currentWeek ?? data?.week ?? null;
  const value = useMemo(
    () => ({ week, known: data !== undefined || error !== undefined, current: variables.current, variables }),
    [week, data, error, variables],
  );
  return <WeekContext value={value}>{children}</WeekContext>;
}

export function useWeek(): Shown {
  const shown = useContext(WeekContext);
  if (!shown) throw new Error('useWeek outside of a WeekProvider');
  return shown;
}
