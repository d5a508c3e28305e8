import { useState } from 'react';
import { maySee } from '../../lib/access';
import { useHour } from '../../lib/now';
import { useViewer } from '../../lib/session';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { Card } from '../../ui/Card';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { DELIVERABLE_TYPE } from '../../ui/status';
import { DeliverableCountsDocument, DeliverablesDocument, type DeliverableFilter, type DeliverableType } from '../../gql/graphql';
import { AlbumProgress } from './AlbumProgress';
import { DeliverableCard } from './DeliverableCard';
import './deliverables.css';

const TYPES: readonly DeliverableType[] = ['SONG', 'CODE', 'DOCUMENT', 'VIDEO', 'ALBUM'];
const WEEK = 7 * 24 * 3_600_000;
const ANEW = ['DELIVERABLE_PUBLISHED'] as const;
/** How many cards there are at first, and how many more by a click. */
const STEP = matchMedia('(max-width: 640px)').matches ? 5 : 12;

/** Section 5: what came out: of the last seven days, or of the week that is looked at; and how far the albums are. */
export function Deliverables() {
  const { member } = useViewer();
  const { week, known, current } = useWeek();
  return (
    <Card id="deliverables" title="Deliverables completed" aside={<span className="section-note">{current || !week ? 'Last 7 days' : 'Of this week'}</span>}>
      <div className="deliverables-columns">
        {!week && !known && <Skeleton lines={8} />}
        {(week || known) && <Published key={week?.id} weekId={current ? null : (week?.id ?? null)} />}
        {maySee(member.role, 'albums') && <AlbumProgress />}
      </div>
    </Card>
  );
}

function Published({ weekId }: { weekId: string | null }) {
  const hour = useHour();
  const [type, setType] = useState<DeliverableType | null>(null);
  const [first, setFirst] = useState(STEP);
  const common: DeliverableFilter = weekId ? { status: ['PUBLISHED'], weekId } : { status: ['PUBLISHED'], publishedSince: new Date(hour - WEEK).toISOString() };
  const of = (only: DeliverableType) => ({ ...common, type: [only] });
  const counts = useSection(
    DeliverableCountsDocument,
    { songs: of('SONG'), albums: of('ALBUM'), videos: of('VIDEO'), code: of('CODE'), documents: of('DOCUMENT') },
    { anew: ANEW },
  ).data;
  const { data, error, loading, retry } = useSection(DeliverablesDocument, { filter: type ? of(type) : common, first }, { anew: ANEW });
  const page = data?.deliverables;
  return (
    <div className="deliverables-list">
      <div className="kinds" role="group" aria-label="Kinds of deliverables">
        <button type="button" className="kind" aria-pressed={type === null} onClick={() => setType(null)}>
          <b>{counts ? TYPES.reduce((sum, each) => sum + counts[each].totalCount, 0) : '–'}</b> All
        </button>
        {TYPES.map((each) => (
          <button key={each} type="button" className="kind" aria-pressed={type === each} onClick={() => setType(type === each ? null : each)}>
            <b>{counts?.[each].totalCount ?? '–'}</b> {counts?.[each].totalCount === 1 ? DELIVERABLE_TYPE[each].name : DELIVERABLE_TYPE[each].many}
          </button>
        ))}
      </div>
      {loading && <Skeleton lines={8} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {page && page.nodes.length === 0 && <Empty>{weekId ? 'Nothing of this week was published.' : 'Nothing was published in the last seven days.'}</Empty>}
      {page && page.nodes.length > 0 && (
        <ul className="deliverables">
          {page.nodes.map((deliverable) => (
            <DeliverableCard key={deliverable.id} deliverable={deliverable} />
          ))}
        </ul>
      )}
      {page && page.totalCount > page.nodes.length && first + STEP <= 100 && (
        <button type="button" className="button deliverables-more" onClick={() => setFirst(first + STEP)}>
          Show more ({page.totalCount - page.nodes.length})
        </button>
      )}
    </div>
  );
}
