import { useState } from 'react';
import { useClient } from 'urql';
import { useHour, useNow } from '../../lib/now';
import { useListParam } from '../../lib/url';
import { useRefill } from '../../lib/useRefill';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { Card } from '../../ui/Card';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { FeedDocument, type ActionRowFragment, type FeedPageFragment } from '../../gql/graphql';
import { ActionCard } from './ActionCard';
import { ActionDialog, type Wanted } from './ActionDialog';
import { FilterBar, STAGES, STATUSES } from './FilterBar';
import { feedVariables, type Filters } from './filters';
import './feed.css';

/** Section 2: what was done, is being done, is stuck and is due. */
export function Feed() {
  const { week, known } = useWeek();
  const hour = useHour();
  const [owners, setOwners] = useListParam<string>('owner');
  const [stages, setStages] = useListParam('stage', STAGES);
  const [statuses, setStatuses] = useListParam('status', STATUSES);
  const filters = { owners, stages, statuses };
  const [wanted, setWanted] = useState<Wanted | null>(null);

  return (
    <Card
      id="feed"
      title="Live action feed"
      aside={<FilterBar filters={filters} onOwners={setOwners} onStages={setStages} onStatuses={setStatuses} />}
    >
      {!week && !known && <Skeleton lines={8} />}
      {!week && known && <Empty>There is no plan to follow.</Empty>}
      {week && <Lists key={week.id} filters={filters} weekId={week.id} hour={hour} onAct={setWanted} />}
      {wanted && <ActionDialog wanted={wanted} onClose={() => setWanted(null)} />}
    </Card>
  );
}

/** Rows that a list holds at least, where there are so many. */
const SHORT = 25;

function Lists({ filters, weekId, hour, onAct }: { filters: Filters; weekId: string; hour: number; onAct: (wanted: Wanted) => void }) {
  const variables = feedVariables(filters, weekId, hour);
  const { data, error, loading, retry } = useSection(FeedDocument, variables);
  const now = useNow();
  const client = useClient();
  const pages = data ? [data.completed, data.inProgress, data.blocked, data.due, data.pending, data.cancelled] : [];
  const isShort = pages.some((page) => page && page.nodes.length < Math.min(page.totalCount, SHORT));
  useRefill(isShort, () => client.query(FeedDocument, variables, { requestPolicy: 'network-only' }).toPromise());

  if (loading) return <Skeleton lines={8} />;
  if (error && !data) return <Failure error={error} onRetry={retry} />;
  if (!data) return null;

  const { statuses } = filters;
  const shows = (...of: string[]) => statuses.length === 0 || statuses.some((status) => of.includes(status));
  const yesterday = now - 24 * 3_600_000;
  const isRecent = ({ completionDate }: ActionRowFragment) => completionDate !== null && Date.parse(completionDate) >= yesterday;
  const isDue = ({ status }: ActionRowFragment) => statuses.length === 0 || statuses.includes(status);
  const lists = [
    shows('COMPLETED') && { title: 'Completed, last 24 hours', none: 'Nothing was completed since yesterday.', page: data.completed, only: isRecent },
    data.pending && { title: 'Pending', none: 'Everything has begun.', page: data.pending },
    shows('IN_PROGRESS') && { title: 'In progress', none: 'Nobody is working on anything.', page: data.inProgress },
    shows('BLOCKED') && { title: 'Blocked', none: 'Nothing is blocked.', page: data.blocked },
    data.cancelled && { title: 'Cancelled', none: 'Nothing was cancelled.', page: data.cancelled },
    shows('PENDING', 'IN_PROGRESS', 'BLOCKED') && { title: 'Due in 7 days', none: 'Nothing is due in the next seven days.', page: data.due, only: isDue, brief: true },
  ];
  return (
    <div className="feed">{lists.map((list) => list && <List key={list.title} {...list} onAct={onAct} />)}</div>
  );
}

/** How many rows of a list are shown until one asks for all. */
const FIRST = 5;

interface ListProps {
  title: string;
  none: string;
  page: FeedPageFragment;
  only?: (action: ActionRowFragment) => boolean;
  /** Leaves out what another list tells. */
  brief?: boolean;
  onAct: (wanted: Wanted) => void;
}

function List({ title, none, page, only, brief = false, onAct }: ListProps) {
  const [all, setAll] = useState(false);
  const rows = only ? page.nodes.filter(only) : page.nodes;
  const count = page.nodes.length === page.totalCount ? rows.length : page.totalCount;
  return (
    <section className="feed-list" aria-label={title}>
      <h3>
        {title} <span className="feed-count">{count}</span>
      </h3>
      {rows.length === 0 ? (
        <Empty>{none}</Empty>
      ) : (
        <ul>
          {rows.slice(0, all ? undefined : FIRST).map((action) => (
            <ActionCard key={action.id} action={action} brief={brief} onAct={onAct} />
          ))}
        </ul>
      )}
      {rows.length > FIRST && (
        <button type="button" className="button button-small button-quiet feed-more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${rows.length}`}
        </button>
      )}
      {all && count > rows.length && <p className="feed-rest">and {count - rows.length} more</p>}
    </section>
  );
}
