/** What the feed's lists ask for, given the filters in the address. */

import type { ActionFilter, ActionStatus, FeedQueryVariables, FunnelStage } from '../../gql/graphql';

export interface Filters {
  owners: string[];
  stages: FunnelStage[];
  statuses: ActionStatus[];
}

const HOUR = 3_600_000;
const instant = (time: number) => new Date(time).toISOString();

/** `hour` is the full hour that has begun: the question is the same for as long as it lasts. `weekId` is the week that is shown. */
export function feedVariables({ owners, stages, statuses }: Filters, weekId: string, hour: number): FeedQueryVariables {
  const common: ActionFilter = {};
  if (owners.length > 0) common.owner = owners;
  if (stages.length > 0) common.funnelStage = stages;
  return {
    completed: { ...common, status: ['COMPLETED'], completedSince: instant(hour - 24 * HOUR) },
    inProgress: { ...common, status: ['IN_PROGRESS'], weekId },
    pending: { ...common, status: ['PENDING'], weekId },
    withPending: statuses.includes('PENDING'),
    cancelled: { ...common, status: ['CANCELLED'], weekId },
    withCancelled: statuses.includes('CANCELLED'),
    blocked: { ...common, status: ['BLOCKED'], weekId },
    due: { ...common, status: ['PENDING', 'IN_PROGRESS', 'BLOCKED'], dueFrom: instant(hour), dueBefore: instant(hour + 7 * 24 * HOUR) },
  };
}
