import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useViewer } from '../../lib/session';
import type { ActionRowFragment, ActionStatus } from '../../gql/graphql';
import { Badge } from '../../ui/Badge';
import { ACTION_STATUS } from '../../ui/status';
import { useActions, type Command, type Current } from './useActions';
import './dialog.css';

/** What is to be done, and the row as it was when the member decided so. */
export interface Wanted {
  kind: Kind;
  action: ActionRowFragment;
}

type Kind = Command['kind'];

const TITLES: Record<Kind, string> = { complete: 'Complete action', block: 'Block action', unblock: 'Unblock action', cancel: 'Cancel action', reopen: 'Reopen action' };
const VERBS: Record<Kind, string> = { complete: 'Complete', block: 'Block', unblock: 'Unblock', cancel: 'Cancel action', reopen: 'Reopen' };
/** What the state machine allows, from where. */
const POSSIBLE: Record<Kind, readonly ActionStatus[]> = {
  complete: ['PENDING', 'IN_PROGRESS'],
  block: ['PENDING', 'IN_PROGRESS', 'BLOCKED'],
  unblock: ['BLOCKED'],
  cancel: ['PENDING', 'IN_PROGRESS', 'BLOCKED'],
  reopen: ['COMPLETED', 'CANCELLED'],
};

/** Asks for the particulars, does it, and lets the member choose where somebody else was faster. */
export function ActionDialog({ wanted, onClose }: { wanted: Wanted; onClose: () => void }) {
  const { kind, action } = wanted;
  const dialog = useRef<HTMLDialogElement>(null);
  const run = useActions();
  const [hours, setHours] = useState('');
  const [evidence, setEvidence] = useState('');
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [conflict, setConflict] = useState<{ current: Current; message: string } | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const command = (): Command => {
    if (kind === 'complete') return { kind, actualHours: hours.trim() || null, evidencePath: evidence.trim() || null };
    if (kind === 'block') return { kind, blockerDescription: reason.trim() };
    return kind === 'cancel' ? { kind, reason: reason.trim() } : { kind };
  };

  async function send(seen: string, steps: Command[]) {
    setBusy(true);
    setProblem(null);
    for (const step of steps) {
      const outcome = await run(action, seen, step);
      if (outcome.done) continue;
      setBusy(false);
      if (outcome.conflict) setConflict({ current: outcome.conflict, message: outcome.message });
      else setProblem(outcome.message);
      return;
    }
    onClose();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void send(action.updatedAt, [command()]);
  }

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="dialog-title" onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
      {conflict ? (
        <Conflict kind={kind} action={action} conflict={conflict} busy={busy} onKeep={onClose} onAgain={() => void send(conflict.current.updatedAt, [command()])} />
      ) : (
        <form onSubmit={submit}>
          <h2 id="dialog-title">{TITLES[kind]}</h2>
          <p className="dialog-what">
            <span className="action-code">{action.code}</span> {action.text}
          </p>
          {kind === 'complete' && (
            <>
              <label className="field">
                <span>Hours it took (optional)</span>
                <input inputMode="decimal" pattern="[0-9]{1,3}([.][0-9]{1,2})?" title="Hours, such as 3.5" value={hours} onChange={(event) => setHours(event.target.value)} autoFocus />
              </label>
              <label className="field">
                <span>Where the evidence lies (optional)</span>
                <input value={evidence} placeholder="/docs/…" onChange={(event) => setEvidence(event.target.value)} />
              </label>
            </>
          )}
          {(kind === 'block' || kind === 'cancel') && (
            <label className="field">
              <span>{kind === 'block' ? 'What holds it up' : 'Why it will not be done'}</span>
              <textarea rows={3} required value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
            </label>
          )}
          {kind === 'unblock' && action.blockerDescription && <p>It is held up by: {action.blockerDescription}</p>}
          {kind === 'cancel' && <p className="dialog-note">It counts nowhere then: neither as open nor as completed. It can be reopened.</p>}
          {kind === 'reopen' && <p>It goes back to where it was before: {action.startedAt ? 'in progress' : 'pending'}.</p>}
          {problem && (
            <p className="dialog-problem" role="alert">
              {problem}
            </p>
          )}
          <div className="dialog-buttons">
            <button type="button" className="button button-quiet" onClick={onClose}>
              {kind === 'cancel' ? 'Keep it' : 'Cancel'}
            </button>
            <button type="submit" className="button button-primary" disabled={busy}>
              {VERBS[kind]}
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}

interface ConflictProps {
  kind: Kind;
  action: ActionRowFragment;
  conflict: { current: Current; message: string };
  busy: boolean;
  onKeep: () => void;
  onAgain: () => void;
}

/** Somebody else has changed the action: what it is now, and the choice. */
function Conflict({ kind, action, conflict: { current, message }, busy, onKeep, onAgain }: ConflictProps) {
  const { formats } = useViewer();
  const { name, tone } = ACTION_STATUS[current.status];
  const before = ACTION_STATUS[action.status];
  const possible = POSSIBLE[kind].includes(current.status);
  return (
    <div role="alertdialog" aria-labelledby="dialog-title">
      <h2 id="dialog-title">Somebody was faster</h2>
      <p className="dialog-what">
        <span className="action-code">{action.code}</span> {action.text}
      </p>
      <dl className="dialog-facts">
        <dt>You saw</dt>
        <dd>
          <Badge tone={before.tone}>{before.name}</Badge>
        </dd>
        <dt>It is now</dt>
        <dd>
          <Badge tone={tone}>{name}</Badge> since {formats.full(current.updatedAt)}
        </dd>
        {current.status === 'BLOCKED' && current.blockerDescription && (
          <>
            <dt>Because</dt>
            <dd>{current.blockerDescription}</dd>
          </>
        )}
        {current.evidencePath && (
          <>
            <dt>Evidence</dt>
            <dd>{current.evidencePath}</dd>
          </>
        )}
      </dl>
      {!possible && <p className="dialog-note">{message}</p>}
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onKeep} autoFocus>
          Keep it as it is now
        </button>
        {possible && (
          <button type="button" className="button button-primary" disabled={busy} onClick={onAgain}>
            {kind === 'cancel' ? 'Cancel' : VERBS[kind]} it anyway
          </button>
        )}
      </div>
    </div>
  );
}
