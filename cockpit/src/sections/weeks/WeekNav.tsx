import { useState } from 'react';
import { calendarDay, dateRange } from '../../lib/format';
import { setParams } from '../../lib/url';
import { useWeek } from '../../lib/week/Week';
import { useNeighbours } from './useNeighbours';
import { WeekList } from './WeekList';
import './weeks.css';

/** The way from week to week: the one before, the one after, the one we are in, and the list of all. */
export function WeekNav() {
  const { current } = useWeek();
  const { previous, next } = useNeighbours();
  const [listed, list] = useState(false);
  return (
    <nav className="week-nav" aria-label="Weeks">
      <Step towards="previous" week={previous} />
      <button type="button" className="button button-quiet week-nav-all" aria-haspopup="dialog" onClick={() => list(true)}>
        <svg width="15" height="15" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
          <path d="M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.5V5M10.5 2.5V5" />
        </svg>
        <span>All weeks</span>
      </button>
      <Step towards="next" week={next} />
      {!current && (
        <button type="button" className="button button-small week-nav-now" onClick={() => setParams({ week: null, project: null }, true)}>
          This week
        </button>
      )}
      {listed && <WeekList onClose={() => list(false)} />}
    </nav>
  );
}

function Step({ towards, week }: { towards: 'previous' | 'next'; week: { startDate: string; endDate: string } | null }) {
  const name = towards === 'previous' ? 'Previous week' : 'Next week';
  return (
    <button
      type="button"
      className="button button-quiet button-icon"
      disabled={!week}
      aria-label={week ? `${name}, of ${calendarDay(week.startDate)}` : `${name}: there is none`}
      title={week ? dateRange(week.startDate, week.endDate) : undefined}
      onClick={() => week && setParams({ week: week.startDate }, true)}
    >
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        <path d={towards === 'previous' ? 'M8.5 3 4.5 7l4 4' : 'M5.5 3 9.5 7l-4 4'} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </button>
  );
}
