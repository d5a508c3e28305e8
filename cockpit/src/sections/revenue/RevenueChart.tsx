import { scaleLinear } from 'd3-scale';
import { useState } from 'react';
import { calendarDay, dateRange, money, moneyRange, percent } from '../../lib/format';
import { setParams } from '../../lib/url';
import type { RevenueTrendQuery } from '../../gql/graphql';

type Point = RevenueTrendQuery['completionTrends'][number];

/** Weeks side by side: what was earned as a bar, what was aimed at as a band. A click goes to the week. */
export function RevenueChart({ points, shown }: { points: Point[]; shown: string | null }) {
  const [looked, look] = useState<string | null>(null);
  const amounts = points.flatMap(({ revenue }) => [revenue.targetHigh, revenue.target, revenue.actual].map((amount) => Number(amount ?? 0)));
  const y = scaleLinear([0, Math.max(...amounts) || 1], [0, 100]).nice(4);
  const ticks = y.ticks(3).filter((tick) => tick > 0);
  const at = (amount: string | number | null) => `${y(Number(amount ?? 0))}%`;
  const point = points.find(({ startDate }) => startDate === (looked ?? shown)) ?? points[points.length - 1];
  return (
    <figure className="chart">
      {point && (
        <figcaption className="chart-caption">
          <span>{dateRange(point.startDate, point.endDate)}</span>
          <span>
            <b>{money(point.revenue.actual ?? 0)}</b> of {moneyRange(point.revenue.targetLow ?? point.revenue.target, point.revenue.targetHigh ?? point.revenue.target)}
          </span>
          <span className="chart-rate">{percent(point.revenue.achievementRate)}</span>
        </figcaption>
      )}
      <div className="chart-plot">
        {ticks.map((tick) => (
          <span key={tick} className="chart-tick" style={{ bottom: at(tick) }} aria-hidden="true">
            <span>{money(tick)}</span>
          </span>
        ))}
        <ul className="chart-columns" onPointerLeave={() => look(null)}>
          {points.map(({ startDate, revenue }) => {
            const [low, high] = [revenue.targetLow ?? revenue.target, revenue.targetHigh ?? revenue.target];
            return (
              <li key={startDate}>
                <button
                  type="button"
                  className="chart-column"
                  aria-current={startDate === shown ? 'date' : undefined}
                  aria-label={`Week of ${calendarDay(startDate)}: ${money(revenue.actual ?? 0)} of ${moneyRange(low, high)}, ${percent(revenue.achievementRate)}`}
                  onPointerEnter={() => look(startDate)}
                  onFocus={() => look(startDate)}
                  onBlur={() => look(null)}
                  onClick={() => setParams({ week: startDate }, true)}
                >
                  <span className="chart-bars">
                    {high !== null && <span className="chart-aim" style={{ bottom: at(low), height: `calc(${at(high)} - ${at(low)})` }} />}
                    <span className="chart-earned" style={{ height: at(revenue.actual) }} />
                  </span>
                  <span className="chart-day" aria-hidden="true">
                    {calendarDay(startDate)}
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      </div>
    </figure>
  );
}
