/**
 * Which lists an action belongs in. The server's filters, said again for the rows that events bring: so a list changes with the
 * action, and is not asked anew.
 */

import type { ActionFilter, ActionRowFragment } from '../gql/graphql';

/** An order, as `ActionOrder` of the schema has it. */
export interface Order {
  field: string;
  direction?: 'ASC' | 'DESC';
}

/** Conditions that can be told from a row. With any other, a list stays as it is. */
const KNOWN = new Set(['status', 'funnelStage', 'owner', 'weekId', 'resultId', 'dueFrom', 'dueBefore', 'completedSince']);

/** Whether an action is in a list; null when the row does not tell. `owner` must hold canonical names. */
export function belongs(action: ActionRowFragment, filter: ActionFilter | null | undefined): boolean | null {
  const conditions = Object.entries(filter ?? {}).filter(([, wanted]) => wanted !== null && wanted !== undefined);
  if (conditions.some(([name]) => !KNOWN.has(name))) return null;
  const { status, funnelStage, owner, weekId, resultId, dueFrom, dueBefore, completedSince } = filter ?? {};
  const at = (text: string | null) => (text === null ? NaN : Date.parse(text));
  return (
    (!status || status.includes(action.status)) &&
    (!funnelStage || funnelStage.includes(action.funnelStage)) &&
    (!owner || action.owners.some(({ name }) => owner.includes(name))) &&
    (!weekId || action.result.week.id === weekId) &&
    (!resultId || action.result.id === resultId) &&
    (!dueFrom || at(action.dueDate) >= Date.parse(dueFrom)) &&
    (!dueBefore || at(action.dueDate) < Date.parse(dueBefore)) &&
    (!completedSince || at(action.completionDate) >= Date.parse(completedSince))
  );
}

type Key = string | number | null;
const FIELDS = { CODE: 'code', DUE_DATE: 'dueDate', COMPLETION_DATE: 'completionDate', UPDATED_AT: 'updatedAt' } as const;

/** What places a row in an order: the value, then the id. */
export interface Place {
  key: Key;
  id: string;
}

/** The place of a row in a list that is ordered. As the server has it: rows without a value come last, those with the same by id. */
export function placeIn(rows: Place[], row: Place, direction: 'ASC' | 'DESC'): number {
  const sign = direction === 'ASC' ? 1 : -1;
  const isBehind = (other: Place) => {
    if (row.key === null || other.key === null) return row.key !== other.key ? other.key === null : sign * compare(other.id, row.id) > 0;
    return sign * (compare(other.key, row.key) || compare(other.id, row.id)) > 0;
  };
  const at = rows.findIndex(isBehind);
  return at < 0 ? rows.length : at;
}

function compare<T extends string | number>(one: T, other: T): number {
  return one < other ? -1 : Number(one > other);
}

/** The field that a list is ordered by; due time where it does not say. Null for orders that a row does not tell. */
export function orderField(order: Order | null | undefined): (typeof FIELDS)[keyof typeof FIELDS] | null {
  const name = order?.field ?? 'DUE_DATE';
  return name in FIELDS ? FIELDS[name as keyof typeof FIELDS] : null;
}

/** What an order compares: instants as milliseconds, for their texts differ in precision. */
export function orderKey(field: ReturnType<typeof orderField>, value: unknown): Key {
  if (field === null || typeof value !== 'string') return null;
  return field === 'code' ? value : Date.parse(value);
}
