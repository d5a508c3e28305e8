import type { Told } from './fetcher';

const whole = new Intl.NumberFormat('en-US');

/** What the last operation cost, of what one may cost, and what was left to spend then. */
export function CostOf({ told }: { told: Told | null }) {
  if (!told) return null;
  if (!told.cost) {
    return (
      <p className="explorer-cost" role="status">
        Waiting for the first event, which tells the cost
      </p>
    );
  }
  const { requested, operationLimit, remaining, limit, resetSeconds } = told.cost;
  const isEvent = told.of === 'event';
  const once = isEvent ? ' A subscription is paid once, when it begins.' : '';
  return (
    <p className="explorer-cost" role="status" title={`The budget is ${whole.format(limit)} a minute, and full again in ${resetSeconds} s. Shorter pages (first) and fewer fields cost less.${once}`}>
      Cost <b>{whole.format(requested)}</b> of {whole.format(operationLimit)}
      {isEvent && ' an event'}
      <meter min={0} max={operationLimit} high={operationLimit / 2} value={requested} aria-label={`Cost of ${isEvent ? 'an event' : 'the operation'}, of what one may cost`} />
      <span>{whole.format(remaining)} left {isEvent ? 'when it began' : 'this minute'}</span>
    </p>
  );
}
