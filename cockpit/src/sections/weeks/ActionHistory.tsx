import { useState } from 'react';
import { ago } from '../../lib/format';
import { useNow } from '../../lib/now';
import { useViewer } from '../../lib/session';
import { useSection } from '../../lib/useSection';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { ActionHistoryDocument } from '../../gql/graphql';
import { Part } from './ActionPanel';
import { told } from './history';

/** What the audit log has of an action, the latest first. */
export function ActionHistory({ id }: { id: string }) {
  const [pages, setPages] = useState<(string | null)[]>([null]);
  return (
    <Part title="History">
      {pages.map((before, at) => (
        <Entries key={before ?? 'first'} id={id} before={before} onMore={at === pages.length - 1 ? (cursor) => setPages([...pages, cursor]) : null} />
      ))}
    </Part>
  );
}

function Entries({ id, before, onMore }: { id: string; before: string | null; onMore: ((cursor: string) => void) | null }) {
  const { formats } = useViewer();
  const now = useNow();
  const { data, error, loading, retry } = useSection(ActionHistoryDocument, { id, before }, { anew: before ? [] : ['ACTION_UPDATED', 'ACTION_COMPLETED', 'ACTION_BLOCKED'] });
  if (loading) return <Skeleton lines={3} />;
  if (error && !data) return <Failure error={error} onRetry={retry} />;
  if (!data) return null;
  const { nodes, hasNextPage, endCursor } = data.auditLog;
  if (nodes.length === 0 && !before) return <Empty>The audit log has nothing of it.</Empty>;
  return (
    <>
      <ol className="history">
        {nodes.map((entry) => {
          const { what, more } = told(entry.kind, entry.details);
          return (
            <li key={entry.cursor}>
              <p>
                <b>{what}</b> by {entry.actor}
                <time dateTime={entry.recordedAt} title={formats.full(entry.recordedAt)}>
                  {ago(entry.recordedAt, now)}
                </time>
              </p>
              {more && <p className="history-more">{more}</p>}
            </li>
          );
        })}
      </ol>
      {onMore && hasNextPage && endCursor && (
        <button type="button" className="button button-small button-quiet" onClick={() => onMore(endCursor)}>
          Earlier
        </button>
      )}
    </>
  );
}
