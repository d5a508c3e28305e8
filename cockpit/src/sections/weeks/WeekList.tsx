import { useState } from 'react';
import { dateRange, percent } from '../../lib/format';
import { setParams } from '../../lib/url';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { Dialog } from '../../ui/Dialog';
import { Progress } from '../../ui/Progress';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { WeekListDocument } from '../../gql/graphql';

/** Every week there is, the latest first, a page at a time. */
export function WeekList({ onClose }: { onClose: () => void }) {
  const [pages, setPages] = useState<(string | null)[]>([null]);
  return (
    <Dialog titleId="weeks-title" kind="drawer" onClose={onClose}>
      <div className="drawer-body">
        <header className="drawer-head">
          <h2 id="weeks-title">Weeks</h2>
          <button type="button" className="button button-quiet" onClick={onClose}>
            Close
          </button>
        </header>
        {pages.map((after, at) => (
          <Page key={after ?? 'first'} after={after} onChosen={onClose} onMore={at === pages.length - 1 ? (cursor) => setPages([...pages, cursor]) : null} />
        ))}
      </div>
    </Dialog>
  );
}

function Page({ after, onChosen, onMore }: { after: string | null; onChosen: () => void; onMore: ((cursor: string) => void) | null }) {
  const { week: shown } = useWeek();
  const { data, error, loading, retry } = useSection(WeekListDocument, { after });
  if (loading) return <Skeleton lines={8} />;
  if (error && !data) return <Failure error={error} onRetry={retry} />;
  if (!data) return null;
  const { nodes, pageInfo } = data.weeks;
  if (nodes.length === 0) return <Empty>There are no plans yet.</Empty>;
  return (
    <>
      <ul className="week-list">
        {nodes.map((week) => (
          <li key={week.id}>
            <button
              type="button"
              aria-current={week.id === shown?.id ? 'date' : undefined}
              onClick={() => {
                setParams({ week: week.startDate, project: week.project.isDefault ? null : week.project.code }, true);
                onChosen();
              }}
            >
              <span className="week-list-days">{dateRange(week.startDate, week.endDate)}</span>
              <span className="week-list-what">
                {week.code ?? week.title}
                {!week.project.isDefault && ` · ${week.project.title}`}
              </span>
              <span className="week-list-rate">{percent(week.completionRate)}</span>
              <span className="week-list-count">
                {week.actionCounts.completed}/{week.actionCounts.total}
              </span>
              <Progress value={week.completionRate === null ? null : Number(week.completionRate)} tone="good" label={`Completion of the week of ${dateRange(week.startDate, week.endDate)}`} />
            </button>
          </li>
        ))}
      </ul>
      {onMore && pageInfo.hasNextPage && pageInfo.endCursor && (
        <button type="button" className="button" onClick={() => pageInfo.endCursor && onMore(pageInfo.endCursor)}>
          Earlier weeks
        </button>
      )}
    </>
  );
}
