import { expect, test } from 'vitest';
import type { ActionFilter, ActionRowFragment } from '../gql/graphql';
import { belongs, orderField, orderKey, placeIn } from './lists';

const action = {
  id: 'a1',
  code: 'OPS-1a',
  status: 'IN_PROGRESS',
  funnelStage: 'MIDDLE',
  dueDate: '2025-10-27T17:00:00Z',
  completionDate: null,
  owners: [{ id: 'o1', name: 'Jesse' }, { id: 'o2', name: 'QA' }],
  result: { id: 'r1', week: { id: 'w1' } },
} as unknown as ActionRowFragment;

test.each<[string, ActionFilter | null, boolean | null]>([
  ['no condition', null, true],
  ['one of several states', { status: ['BLOCKED', 'IN_PROGRESS'] }, true],
  ['another state', { status: ['BLOCKED'] }, false],
  ['one of its owners', { owner: ['QA'] }, true],
  ['somebody else', { owner: ['Research'] }, false],
  ['its stage and week', { funnelStage: ['MIDDLE'], weekId: 'w1' }, true],
  ['another week', { weekId: 'w2' }, false],
  ['another result', { resultId: 'r2' }, false],
  ['due from that instant on', { dueFrom: '2025-10-27T17:00:00.000Z' }, true],
  ['due before that instant', { dueBefore: '2025-10-27T17:00:00Z' }, false],
  ['completed, which it is not', { completedSince: '2020-01-01T00:00:00Z' }, false],
  ['words, which a row does not tell', { search: 'x' }, null],
  ['a condition that is null', { search: null, status: ['IN_PROGRESS'] }, true],
])('%s', (_, filter, expected) => {
  expect(belongs(action, filter)).toBe(expected);
});

test.each<[string, (number | null)[], number | null, 'ASC' | 'DESC', number]>([
  ['between', [1, 3, 5], 4, 'ASC', 2],
  ['between, the other way', [5, 3, 1], 4, 'DESC', 1],
  ['at the end', [1, 3], 9, 'ASC', 2],
  ['before those without a value', [1, null], 2, 'ASC', 1],
  ['without a value, behind all that have one', [1, 3], null, 'ASC', 2],
  ['without a value, before another by id', [1, null], null, 'ASC', 1],
  ['of equals by id', [1, 2, 2], 2, 'ASC', 1],
  ['of equals by id, the other way', [2, 2, 1], 2, 'DESC', 2],
])('a row takes its place: %s', (_, keys, key, direction, expected) => {
  // The others' ids are all behind the row's.
  const rows = keys.map((each, at) => ({ key: each, id: `b${at}` }));
  expect(placeIn(rows, { key, id: 'a' }, direction)).toBe(expected);
});

test('instants are compared as such, whatever their digits', () => {
  const field = orderField({ field: 'DUE_DATE' });
  expect(field).toBe('dueDate');
  expect(orderKey(field, '2025-10-27T17:00:00Z')).toBe(orderKey(field, '2025-10-27T17:00:00.000Z'));
  expect(orderField({ field: 'POSITION' })).toBeNull();
});
