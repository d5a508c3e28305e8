import { useState } from 'react';
import { ago } from '../../lib/format';
import { useNow } from '../../lib/now';
import { useViewer } from '../../lib/session';
import { ActionLink } from '../../ui/ActionLink';
import { Badge, Dot } from '../../ui/Badge';
import { ACTION_STATUS, FUNNEL_STAGE, isOpen } from '../../ui/status';
import type { ActionRowFragment } from '../../gql/graphql';
import type { Wanted } from './ActionDialog';

/** A row that changed less than so long ago is shown as news, in milliseconds. */
const NEWS = 4_000;

interface Props {
  action: ActionRowFragment;
  brief: boolean;
  onAct: (wanted: Wanted) => void;
}

/** One action: what, whose, where in the funnel, when; and what one may do about it. */
export function ActionCard({ action, brief, onAct }: Props) {
  const { formats, canAct } = useViewer();
  const now = useNow();
  const [isNews] = useState(() => Date.now() - Date.parse(action.updatedAt) < NEWS);
  const { name, tone } = ACTION_STATUS[action.status];
  const owners = action.owners.map((owner) => owner.name).join(', ') || 'Nobody';
  const isActive = action.status === 'IN_PROGRESS' || action.status === 'PENDING';
  const isLate = isOpen(action.status) && action.dueDate !== null && Date.parse(action.dueDate) < now;
  return (
    <li className="action" data-code={action.code} data-status={action.status} data-news={isNews}>
      <p className="action-head">
        <Dot tone={tone} />
        <span className="unseen">{name}: </span>
        <span className="action-text">{action.text}</span>
        {action.completionDate && action.status === 'COMPLETED' && (
          <time className="action-ago" dateTime={action.completionDate} title={formats.full(action.completionDate)}>
            {ago(action.completionDate, now)}
          </time>
        )}
      </p>
      <p className="action-facts">
        <span className="action-owner">{owners}</span>
        <span>{FUNNEL_STAGE[action.funnelStage]}</span>
        {action.dueDate && (
          <span className={isLate ? 'action-late' : undefined}>
            {isLate ? 'Was due ' : 'Due '}
            <time dateTime={action.dueDate} title={formats.full(action.dueDate)}>
              {formats.due(action.dueDate, now)}
            </time>
          </span>
        )}
        {brief && action.status === 'BLOCKED' && <Badge tone={tone}>{name}</Badge>}
        <ActionLink code={action.code} />
      </p>
      {action.status === 'BLOCKED' && action.blockerDescription && !brief && <p className="action-blocker">{action.blockerDescription}</p>}
      {action.status === 'COMPLETED' && action.evidencePath && (
        <p className="action-evidence" title={action.evidencePath}>
          Evidence: {action.evidencePath}
        </p>
      )}
      {canAct && isActive && (
        <div className="action-buttons">
          <button type="button" className="button button-small" onClick={() => onAct({ kind: 'complete', action })}>
            Complete<span className="unseen"> {action.code}</span>
          </button>
          <button type="button" className="button button-small button-quiet" onClick={() => onAct({ kind: 'block', action })}>
            Block<span className="unseen"> {action.code}</span>
          </button>
        </div>
      )}
      {canAct && action.status === 'BLOCKED' && !brief && (
        <div className="action-buttons">
          <button type="button" className="button button-small" onClick={() => onAct({ kind: 'unblock', action })}>
            Unblock<span className="unseen"> {action.code}</span>
          </button>
        </div>
      )}
    </li>
  );
}
