import { useState } from 'react';
import { dateRange } from '../../lib/format';
import { setParams } from '../../lib/url';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { ActionLink } from '../../ui/ActionLink';
import { Dot } from '../../ui/Badge';
import { Card } from '../../ui/Card';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { ACTION_STATUS, isOpen } from '../../ui/status';
import { CarriedOverDocument, type CarriedOverQuery, type WeekShownFragment } from '../../gql/graphql';

/** How many earlier weeks are opened up at first. */
const OPENED = 2;

/** What earlier weeks have left open: it is still to be done, and in no list of this week. */
export function Carried() {
  const { week } = useWeek();
  return week ? <Weeks key={week.id} week={week} /> : null;
}

function Weeks({ week }: { week: WeekShownFragment }) {
  const { data, error, loading, retry } = useSection(
    CarriedOverDocument,
    { project: [week.project.code], before: week.startDate },
    { anew: ['ACTION_COMPLETED', 'ACTION_UPDATED'] },
  );
  const [all, showAll] = useState(false);
  const weeks = (data?.weeks.nodes ?? []).filter(({ actions }) => actions.totalCount > 0);
  const count = weeks.reduce((sum, { actions }) => sum + actions.totalCount, 0);
  const shown = all ? weeks : weeks.slice(0, OPENED);
  return (
    <Card id="carried" title="Carried over" aside={count > 0 && <span className="section-note">{`${count} open of ${weeks.length === 1 ? 'an earlier week' : `${weeks.length} earlier weeks`}`}</span>}>
      {loading && <Skeleton lines={4} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {data && count === 0 && <Empty>Earlier weeks have left nothing open.</Empty>}
      <div className="carried">
        {shown.map((each) => (
          <EarlierWeek key={each.id} week={each} />
        ))}
      </div>
      {weeks.length > OPENED && (
        <button type="button" className="button button-small button-quiet carried-more" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? 'Show fewer' : `Show ${weeks.length - OPENED} more weeks`}
        </button>
      )}
    </Card>
  );
}

function EarlierWeek({ week: { startDate, endDate, actions } }: { week: CarriedOverQuery['weeks']['nodes'][number] }) {
  // An event may have closed one before the list is read anew.
  const open = actions.nodes.filter(({ status }) => isOpen(status));
  return (
    <section className="carried-week" aria-label={`Open of ${dateRange(startDate, endDate)}`}>
      <h3>
        <button type="button" onClick={() => setParams({ week: startDate }, true)}>
          {dateRange(startDate, endDate)}
        </button>
        <span className="feed-count">{actions.totalCount}</span>
      </h3>
      <ul>
        {open.map(({ id, code, text, status, owners, blockerDescription }) => (
          <li key={id} className="carried-action">
            <Dot tone={ACTION_STATUS[status].tone} />
            <span className="unseen">{ACTION_STATUS[status].name}: </span>
            <span className="carried-text" title={blockerDescription ? `Blocked: ${blockerDescription}` : text}>
              {text}
            </span>
            <span className="carried-owner">{owners.map(({ name }) => name).join(', ') || 'Nobody'}</span>
            <ActionLink code={code} />
          </li>
        ))}
      </ul>
      {actions.totalCount > actions.nodes.length && <p className="section-note">and {actions.totalCount - actions.nodes.length} more</p>}
    </section>
  );
}
