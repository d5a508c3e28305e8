import type { Cost } from './fetcher';

const whole = new Intl.NumberFormat('en-US');

/** What the last operation cost, of what one may cost, and what is left to spend. */
export function CostOf({ cost }: { cost: Cost | null }) {
  if (!cost) return null;
  const { requested, operationLimit, remaining, limit, resetSeconds } = cost;
  return (
    <p className="explorer-cost" role="status" title={`The budget is ${whole.format(limit)} a minute, and full again in ${resetSeconds} s. Shorter pages (first) and fewer fields cost less.`}>
      Cost <b>{whole.format(requested)}</b> of {whole.format(operationLimit)}
      <meter min={0} max={operationLimit} high={operationLimit / 2} value={requested} aria-label="Cost of the operation, of what one may cost" />
      <span>{whole.format(remaining)} left this minute</span>
    </p>
  );
}
