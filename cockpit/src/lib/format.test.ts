import { expect, test } from 'vitest';
import { ago, dateRange, decimal, formats, money, moneyRange, percent } from './format';

const plain = (text: string) => text.replaceAll(/[\u2009\u202f\u00a0]/g, ' ');

test('days are those of the plans’ time zone', () => {
  const { day, isoDay, due } = formats('America/Chicago');
  expect(day('2025-10-28T02:00:00Z')).toBe('Oct 27');
  expect(isoDay('2025-10-28T04:59:00Z')).toBe('2025-10-27');
  const now = Date.parse('2025-10-27T15:00:00Z');
  expect(plain(due('2025-10-28T04:00:00Z', now))).toBe('today 11:00 PM');
  expect(due('2025-10-28T05:00:00Z', now)).toBe('tomorrow');
  expect(due('2025-10-30T15:00:00Z', now)).toBe('Thu, Oct 30');
});

test('the clock’s changes make no day longer', () => {
  const { due } = formats('America/Chicago');
  // Summer time ends on November 2, which has 25 hours.
  expect(plain(due('2025-11-03T05:30:00Z', Date.parse('2025-11-02T05:30:00Z')))).toBe('today 11:30 PM');
});

test('ranges of days', () => {
  expect(plain(dateRange('2025-10-21', '2025-10-27'))).toBe('Oct 21 – 27, 2025');
  expect(plain(dateRange('2025-12-29', '2026-01-04'))).toBe('Dec 29, 2025 – Jan 4, 2026');
});

test('figures', () => {
  expect([percent('67.86'), percent(null), decimal('2.71'), decimal(null)]).toEqual(['68%', '–', '2.7', '–']);
  expect([money('98000.00'), money('1200'), money('640'), money('1250000'), money(null)]).toEqual(['$98K', '$1.2K', '$640', '$1.25M', '–']);
  expect([moneyRange('125000', '175000'), moneyRange('2000', '2000'), moneyRange(null, null)]).toEqual(['$125K–175K', '$2K', '–']);
});

test('how long ago', () => {
  const now = Date.parse('2025-10-27T12:00:00Z');
  const before = (seconds: number) => ago(now - seconds * 1000, now);
  expect([before(2), before(42), before(120), before(3 * 3600), before(50 * 3600), before(-30)]).toEqual(['now', '42s ago', '2m ago', '3h ago', '2d ago', 'now']);
});
