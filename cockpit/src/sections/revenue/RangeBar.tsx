import { money, moneyRange, percent } from '../../lib/format';
import type { RevenueFiguresFragment } from '../../gql/graphql';

/** Money earned beside the range that is aimed at: the range is a band, what is earned a bar that runs into it. */
export function RangeBar({ revenue: { target, targetLow, targetHigh, actual, achievementRate } }: { revenue: RevenueFiguresFragment }) {
  if (target === null) return null;
  const [low, high, earned] = [Number(targetLow ?? target), Number(targetHigh ?? target), Number(actual ?? 0)];
  const whole = Math.max(high, earned) || 1;
  const share = (amount: number) => `${(amount / whole) * 100}%`;
  const label = `${money(earned)} earned, ${percent(achievementRate)} of ${moneyRange(targetLow ?? target, targetHigh ?? target)}`;
  return (
    <div className="range" role="img" aria-label={label}>
      <span className="range-aim" style={{ left: share(low), width: share(high - low) }} />
      <span className="range-earned" style={{ width: share(earned) }} data-reached={earned >= low} />
    </div>
  );
}
