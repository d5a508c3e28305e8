import type { ActionStatus, FunnelStage, ResultStatus } from '../gql/graphql';
import type { Tone } from './Progress';

/** How states look and what they are called. */
export const ACTION_STATUS: Record<ActionStatus, { name: string; tone: Tone }> = {
  PENDING: { name: 'Pending', tone: 'mute' },
  IN_PROGRESS: { name: 'In progress', tone: 'busy' },
  BLOCKED: { name: 'Blocked', tone: 'bad' },
  COMPLETED: { name: 'Completed', tone: 'good' },
};

export const RESULT_STATUS: Record<ResultStatus, { name: string; tone: Tone }> = {
  NOT_STARTED: { name: 'Not started', tone: 'mute' },
  IN_PROGRESS: { name: 'In progress', tone: 'busy' },
  BLOCKED: { name: 'Blocked', tone: 'bad' },
  COMPLETED: { name: 'Completed', tone: 'good' },
};

export const FUNNEL_STAGE: Record<FunnelStage, string> = { TOP: 'Top', MIDDLE: 'Middle', BOTTOM: 'Bottom' };
