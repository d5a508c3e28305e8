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

test('a row takes its place in the order', () => {
  expect(placeIn([1, 3, 5], 4, 'ASC')).toBe(2);
  expect(placeIn([5, 3, 1], 4, 'DESC')).toBe(1);
  expect(placeIn([1, 3], 9, 'ASC')).toBe(2);
  expect(placeIn([1, null], 2, 'ASC')).toBe(1);
  expect(placeIn([1, 3], null, 'ASC')).toBe(2);
});

test('instants are compared as such, whatever their digits', () => {
  const field = orderField({ field: 'DUE_DATE' });
  expect(field).toBe('dueDate');
  expect(orderKey(field, '2025-10-27T17:00:00Z')).toBe(orderKey(field, '2025-10-27T17:00:00.000Z'));
  expect(orderField({ field: 'POSITION' })).toBeNull();
});
