import { scaleLinear } from 'd3-scale';
import { useState } from 'react';
import { calendarDay, dateRange, money, moneyRange, percent } from '../../lib/format';
import type { RevenueTrendQuery } from '../../gql/graphql';

type Point = RevenueTrendQuery['completionTrends'][number];

/** Weeks side by side: what was earned as a bar, what was aimed at as a band. `onChoose` is what a click on a week does. */
export function RevenueChart({ points, shown, onChoose }: { points: Point[]; shown: string | null; onChoose?: (startDate: string) => void }) {
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
        <div className="chart-ticks" aria-hidden="true">
          {ticks.map((tick) => (
            <span key={tick} style={{ bottom: at(tick) }}>
              {money(tick)}
            </span>
          ))}
        </div>
        <ul className="chart-columns" onPointerLeave={() => look(null)}>
          {points.map(({ startDate, revenue }) => {
            const [low, high] = [revenue.targetLow ?? revenue.target, revenue.targetHigh ?? revenue.target];
            const label = `Week of ${calendarDay(startDate)}: ${money(revenue.actual ?? 0)} of ${moneyRange(low, high)}, ${percent(revenue.achievementRate)}`;
            const common = { className: 'chart-column', 'aria-label': label, 'aria-current': startDate === shown ? ('date' as const) : undefined, onPointerEnter: () => look(startDate) };
            const bars = (
              <>
                <span className="chart-bars">
                  {high !== null && <span className="chart-aim" style={{ bottom: at(low), height: `calc(${at(high)} - ${at(low)})` }} />}
                  <span className="chart-earned" style={{ height: at(revenue.actual) }} />
                </span>
                <span className="chart-day" aria-hidden="true">
                  {calendarDay(startDate)}
                </span>
              </>
            );
            return (
              <li key={startDate}>
                {onChoose ? (
                  <button type="button" {...common} onFocus={() => look(startDate)} onBlur={() => look(null)} onClick={() => onChoose(startDate)}>
                    {bars}
                  </button>
                ) : (
                  <span role="img" {...common}>
                    {bars}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      </div>
    </figure>
  );
}
