import { useDeferredValue, useEffect, useState, type FormEvent } from 'react';
import { useClient } from 'urql';
import { setParams } from '../../lib/url';
import { useSection } from '../../lib/useSection';
import { Dialog } from '../../ui/Dialog';
import { Dot } from '../../ui/Badge';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { ACTION_STATUS } from '../../ui/status';
import { calendarDay } from '../../lib/format';
import { FindActionsDocument } from '../../gql/graphql';

/** For how long nothing must be typed before it is looked for, in milliseconds. */
const REST = 180;

/** Finds an action of any week by its code or its words. `/` opens it. */
export function FindAction() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog, [contenteditable]');
      if (event.key !== '/' || typing || event.metaKey || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      setOpen(true);
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  return (
    <>
      <button type="button" className="button button-quiet find-button" aria-haspopup="dialog" aria-keyshortcuts="/" title="Find an action (/)" onClick={() => setOpen(true)}>
        <svg width="15" height="15" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" aria-hidden="true">
          <circle cx="7" cy="7" r="4.5" />
          <path d="m10.5 10.5 3.5 3.5" />
        </svg>
        <span>Find action</span>
      </button>
      {open && <Finder onClose={() => setOpen(false)} />}
    </>
  );
}

function useRested(text: string): string {
  const [rested, rest] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => rest(text), REST);
    return () => clearTimeout(timer);
  }, [text]);
  return useDeferredValue(rested);
}

function Finder({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const [text, setText] = useState('');
  const words = useRested(text).trim();
  const { data, error, loading, retry } = useSection(FindActionsDocument, { words }, { pause: words === '' });
  const found = words === '' ? [] : (data?.actions.nodes ?? []);

  function show(code: string) {
    onClose();
    setParams({ action: code }, true);
  }
  /** The first that is found; the one with just this code before others. Who is faster than the list need not wait for it. */
  async function submit(event: FormEvent) {
    event.preventDefault();
    const now = text.trim();
    if (now === '') return;
    const { data: answer } = await client.query(FindActionsDocument, { words: now }).toPromise();
    const nodes = answer?.actions.nodes ?? [];
    const chosen = nodes.find(({ code }) => code.toLowerCase() === now.toLowerCase()) ?? nodes[0];
    if (chosen) show(chosen.code);
  }

  return (
    <Dialog titleId="find-title" onClose={onClose}>
      <form className="find" onSubmit={(event) => void submit(event)}>
        <h2 id="find-title">Find an action</h2>
        <label className="field">
          <span className="unseen">Code or words</span>
          <input type="search" value={text} placeholder="Code or words, of any week" autoComplete="off" spellCheck={false} autoFocus onChange={(event) => setText(event.target.value)} />
        </label>
        <div className="find-found" aria-live="polite">
          {words === '' && <Empty>Type a code, such as the beginning of one, or words of the action.</Empty>}
          {words !== '' && loading && <Skeleton lines={3} />}
          {words !== '' && error && !data && <Failure error={error} onRetry={retry} />}
          {words !== '' && data && found.length === 0 && <Empty>No action has this in its code, text or description.</Empty>}
          {found.length > 0 && (
            <ul>
              {found.map(({ id, code, text: what, status, owners, result }) => (
                <li key={id}>
                  <button type="button" onClick={() => show(code)}>
                    <Dot tone={ACTION_STATUS[status].tone} />
                    <span className="find-what">
                      <span className="find-text">{what}</span>
                      <span className="find-facts">
                        <span className="action-code">{code}</span> {ACTION_STATUS[status].name} · {owners.map(({ name }) => name).join(', ') || 'Nobody'} · week of {calendarDay(result.week.startDate)}
                      </span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          )}
          {data && words !== '' && data.actions.totalCount > found.length && <p className="section-note">and {data.actions.totalCount - found.length} more: type more of it</p>}
        </div>
      </form>
    </Dialog>
  );
}
