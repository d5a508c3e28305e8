import { expect, test } from 'vitest';
import { formats } from '../../lib/format';
import { outlook, type Dates } from './outlook';

const chicago = formats('America/Chicago');
const now = Date.parse('2026-11-25T18:00:00Z');
const near: Dates = {
  earliest: '2026-11-27T01:00:00Z',
  expected: '2026-11-28T17:00:00Z',
  latest: '2026-12-02T17:00:00Z',
  flags: [],
  missing: null,
};
const said = (dates: Dates) => {
  const told = outlook(dates, now, chicago);
  return told.known ? told.when.map(({ date }) => date) : told.why;
};

test('days are told in the plans’ time zone while they are near, then months, then years', () => {
  expect(said(near)).toEqual(['Thu, Nov 26', 'Sat, Nov 28', 'Wed, Dec 2']);
  expect(said({ ...near, expected: '2027-03-11T00:00:00Z', latest: '2031-03-11T00:00:00Z' })).toEqual(['Thu, Nov 26', 'Mar 2027', '2031']);
});

test('what lies beyond all that was observed is not told as a date', () => {
  expect(said({ ...near, flags: ['LATEST_BEYOND_HISTORY'] })).toEqual(['Thu, Nov 26', 'Sat, Nov 28', 'Open']);
  expect(said({ ...near, flags: ['EXPECTED_BEYOND_HISTORY', 'LATEST_BEYOND_HISTORY'] })).toEqual(['Thu, Nov 26', 'Not foreseeable', 'Open']);
});

test('where there are no dates, why is told', () => {
  expect(said({ ...near, earliest: null, expected: null, latest: null, missing: 'COMPLETED' })).toBe('All of it is completed.');
  expect(said({ ...near, earliest: null, expected: null, latest: null, missing: 'NO_HISTORY' })).toMatch(/nothing has been completed/);
});
