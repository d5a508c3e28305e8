import { expect, test } from 'vitest';
import { told } from './history';

test('a change of an action is told by what was done', () => {
  expect(told('ACTION_UPDATED', { change: 'REOPENED', previousStatus: 'completed', status: 'in_progress' })).toEqual({
    what: 'Reopened',
    more: 'Completed → in progress',
  });
  expect(told('ACTION_COMPLETED', { change: 'COMPLETED', status: 'completed', previousStatus: 'completed' })).toEqual({ what: 'Completed', more: null });
});

test('what is not known is told in the words of the log', () => {
  expect(told('SOMETHING_NEW', null)).toEqual({ what: 'Something new', more: null });
  expect(told('ACTION_UPDATED', { change: 'MOVED_UP', blockerDescription: 'a flood' })).toEqual({ what: 'Moved up', more: 'a flood' });
});

test('revenue is told with what it was', () => {
  expect(told('REVENUE_UPDATE', { title: 'Song', previousRevenueActual: '10.00', revenueActual: '12.50' })).toEqual({
    what: 'Revenue recorded',
    more: 'Song · $10.00 → $12.50',
  });
});
