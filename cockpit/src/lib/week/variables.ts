/** Which week the address names: `?week=2025-10-21&project=CODE`, or the one we are in. */

import type { WeekShownQueryVariables } from '../../gql/graphql';
import { param } from '../url';

/** Variables of the documents that ask for a week. */
export function variablesOf(startDate: string | null, project: string | null): WeekShownQueryVariables {
  return { startDate, project, current: startDate === null };
}

/** The same from the address as it is now. */
export function weekVariables(): WeekShownQueryVariables {
  return variablesOf(param('week'), param('project'));
}
