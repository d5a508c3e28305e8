import type { ActionStatus, AgentStatus, DeliverableType, FunnelStage, ResultRisk, ResultStatus } from '../gql/graphql';
import type { Tone } from './Progress';

/** How states look and what they are called. */
export const ACTION_STATUS: Record<ActionStatus, { name: string; tone: Tone }> = {
  PENDING: { name: 'Pending', tone: 'mute' },
  IN_PROGRESS: { name: 'In progress', tone: 'busy' },
  BLOCKED: { name: 'Blocked', tone: 'bad' },
  COMPLETED: { name: 'Completed', tone: 'good' },
  CANCELLED: { name: 'Cancelled', tone: 'mute' },
};

export const RESULT_STATUS: Record<ResultStatus, { name: string; tone: Tone }> = {
  NOT_STARTED: { name: 'Not started', tone: 'mute' },
  IN_PROGRESS: { name: 'In progress', tone: 'busy' },
  BLOCKED: { name: 'Blocked', tone: 'bad' },
  COMPLETED: { name: 'Completed', tone: 'good' },
};

export const RESULT_RISK: Record<ResultRisk, { name: string; tone: Tone }> = {
  BLOCKED: { name: 'Blocked', tone: 'bad' },
  WAITS_FOR_BLOCKED: { name: 'Waits for blocked', tone: 'fair' },
  OVERDUE: { name: 'Overdue', tone: 'bad' },
  FORECAST_AFTER_END: { name: 'Expected late', tone: 'warn' },
  LIKELY_LEFT_BEHIND: { name: 'Likely left behind', tone: 'warn' },
  NOT_STARTED_LATE: { name: 'Not begun', tone: 'warn' },
};

export const FUNNEL_STAGE: Record<FunnelStage, string> = { TOP: 'Top', MIDDLE: 'Middle', BOTTOM: 'Bottom' };

export const DELIVERABLE_TYPE: Record<DeliverableType, { name: string; many: string }> = {
  SONG: { name: 'Song', many: 'Songs' },
  ALBUM: { name: 'Album', many: 'Albums' },
  VIDEO: { name: 'Video', many: 'Videos' },
  CODE: { name: 'Code', many: 'Code' },
  DOCUMENT: { name: 'Document', many: 'Documents' },
};

export const AGENT_STATUS: Record<AgentStatus, { name: string; tone: Tone }> = {
  ACTIVE: { name: 'Active', tone: 'good' },
  IDLE: { name: 'Idle', tone: 'mute' },
  ERROR: { name: 'Error', tone: 'bad' },
  OFFLINE: { name: 'Offline', tone: 'bad' },
};

/** How healthy an agent is, by its score of 0–100. */
export const HEALTH: readonly { from: number; name: string; tone: Tone }[] = [
  { from: 90, name: 'Excellent', tone: 'good' },
  { from: 70, name: 'Good', tone: 'warn' },
  { from: 50, name: 'Fair', tone: 'fair' },
  { from: 0, name: 'Critical', tone: 'bad' },
];

export function health(score: number): { name: string; tone: Tone } {
  return HEALTH.find(({ from }) => score >= from) ?? { name: 'Critical', tone: 'bad' };
}

/** Whether there is still something to be done. */
export function isOpen(status: ActionStatus): boolean {
  return status !== 'COMPLETED' && status !== 'CANCELLED';
}
