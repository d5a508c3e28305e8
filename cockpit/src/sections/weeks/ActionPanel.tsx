import { useState, type ReactNode } from 'react';
import { maySee } from '../../lib/access';
import { calendarDay, decimal } from '../../lib/format';
import { useViewer } from '../../lib/session';
import { setParams, useParam } from '../../lib/url';
import { useSection } from '../../lib/useSection';
import { ActionLink } from '../../ui/ActionLink';
import { Badge } from '../../ui/Badge';
import { Dialog } from '../../ui/Dialog';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { ACTION_STATUS, FUNNEL_STAGE, isOpen } from '../../ui/status';
import { ActionDetailsDocument, type ActionDetailsQuery, type ActionRefFragment } from '../../gql/graphql';
import { DeliverableCard } from '../deliverables/DeliverableCard';
import { ActionDialog, type Wanted } from '../feed/ActionDialog';
import { ActionHistory } from './ActionHistory';
import './panel.css';
import '../deliverables/deliverables.css';

type Details = NonNullable<ActionDetailsQuery['action']>;

/** Everything about the action that the address names (`?action=CODE`). */
export function ActionPanel() {
  const code = useParam('action');
  if (!code) return null;
  const close = () => setParams({ action: null });
  return (
    <Dialog key="action" titleId="action-title" kind="drawer" onClose={close}>
      <div className="drawer-body" key={code}>
        <header className="drawer-head">
          <span className="action-code">{code}</span>
          <button type="button" className="button button-quiet" onClick={close}>
            Close
          </button>
        </header>
        <Body code={code} />
      </div>
    </Dialog>
  );
}

function Body({ code }: { code: string }) {
  const { member } = useViewer();
  const { data, error, loading, retry } = useSection(ActionDetailsDocument, { code }, { anew: ['ACTION_UPDATED'] });
  if (data?.action) {
    return (
      <>
        <Facts action={data.action} />
        {maySee(member.role, 'auditLog') && <ActionHistory id={data.action.id} />}
      </>
    );
  }
  return (
    <>
      <h2 id="action-title" className="unseen">
        Action {code}
      </h2>
      {loading && <Skeleton lines={10} />}
      {error && <Failure error={error} onRetry={retry} />}
      {data && <Empty>There is no action {code}, or it is not yours to see.</Empty>}
    </>
  );
}

function Facts({ action }: { action: Details }) {
  const { formats, canAct } = useViewer();
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const { name, tone } = ACTION_STATUS[action.status];
  const hours = [action.actualHours && `${decimal(action.actualHours)} spent`, action.estimatedHours && `${decimal(action.estimatedHours)} estimated`].filter(Boolean).join(', ');
  const known = new Set(action.dependencies.map((each) => each.code));
  const unknown = action.dependencyCodes.filter((each) => !known.has(each));
  return (
    <>
      <div className="panel-lead">
        <h2 id="action-title">{action.text}</h2>
        <p className="panel-badges">
          <Badge tone={tone}>{name}</Badge>
          <Badge>{FUNNEL_STAGE[action.funnelStage]} funnel</Badge>
        </p>
        {canAct && (
          <p className="panel-acts">
            {(action.status === 'PENDING' || action.status === 'IN_PROGRESS') && (
              <>
                <button type="button" className="button" onClick={() => setWanted({ kind: 'complete', action })}>
                  Complete
                </button>
                <button type="button" className="button button-quiet" onClick={() => setWanted({ kind: 'block', action })}>
                  Block
                </button>
              </>
            )}
            {action.status === 'BLOCKED' && (
              <button type="button" className="button" onClick={() => setWanted({ kind: 'unblock', action })}>
                Unblock
              </button>
            )}
            {isOpen(action.status) ? (
              <button type="button" className="button button-quiet" onClick={() => setWanted({ kind: 'cancel', action })}>
                Cancel action…
              </button>
            ) : (
              <button type="button" className="button" onClick={() => setWanted({ kind: 'reopen', action })}>
                Reopen…
              </button>
            )}
          </p>
        )}
      </div>
      {isOpen(action.status) && action.blockerDescription && <p className="action-blocker panel-blocker">{action.blockerDescription}</p>}
      <dl className="panel-facts">
        <Fact name="Owner">{action.owners.map((owner) => owner.name).join(', ') || action.ownerText || 'Nobody'}</Fact>
        <Fact name="Result">
          {action.result.code} {action.result.text}
        </Fact>
        <Fact name="Week">
          <button type="button" className="link" onClick={() => setParams({ week: action.result.week.startDate, action: null }, true)}>
            Week of {calendarDay(action.result.week.startDate)}
          </button>
        </Fact>
        {action.dueDate && <Fact name="Due">{formats.full(action.dueDate)}</Fact>}
        {action.startedAt && <Fact name="Begun">{formats.full(action.startedAt)}</Fact>}
        {action.completionDate && <Fact name="Completed">{formats.full(action.completionDate)}</Fact>}
        {hours && <Fact name="Hours">{hours}</Fact>}
        {action.agents.length > 0 && <Fact name="Working on it">{action.agents.map((agent) => agent.name).join(', ')}</Fact>}
        {action.description && <Fact name="What">{action.description}</Fact>}
        {action.verificationCriteria && <Fact name="Checked by">{action.verificationCriteria}</Fact>}
        {action.evidencePath && (
          <Fact name="Evidence">
            <Evidence path={action.evidencePath} />
          </Fact>
        )}
      </dl>
      {action.deliverables.length > 0 && (
        <Part title="Deliverables">
          <ul className="panel-deliverables">
            {action.deliverables.map((deliverable) => (
              <DeliverableCard key={deliverable.id} deliverable={deliverable} />
            ))}
          </ul>
        </Part>
      )}
      {(action.dependencies.length > 0 || unknown.length > 0) && (
        <Part title="Waits for">
          <Refs actions={action.dependencies} />
          {unknown.length > 0 && <p className="section-note">Not in the database: {unknown.join(', ')}</p>}
        </Part>
      )}
      {action.dependents.length > 0 && (
        <Part title="Waiting for it">
          <Refs actions={action.dependents} />
        </Part>
      )}
      {wanted && <ActionDialog wanted={wanted} onClose={() => setWanted(null)} />}
    </>
  );
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel-part" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** Where the evidence lies: a link where it is a web address, else the place. */
function Evidence({ path }: { path: string }) {
  const isLink = URL.canParse(path) && ['http:', 'https:'].includes(new URL(path).protocol);
  if (!isLink) return <span className="panel-path">{path}</span>;
  return (
    <a href={path} target="_blank" rel="noopener noreferrer">
      {path}
    </a>
  );
}

function Refs({ actions }: { actions: ActionRefFragment[] }) {
  return (
    <ul className="panel-refs">
      {actions.map(({ id, code, text, status }) => (
        <li key={id}>
          <ActionLink code={code} />
          <span>{text}</span>
          <Badge tone={ACTION_STATUS[status].tone}>{ACTION_STATUS[status].name}</Badge>
        </li>
      ))}
    </ul>
  );
}
