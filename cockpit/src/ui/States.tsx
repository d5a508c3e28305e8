import type { ReactNode } from 'react';
import './states.css';

/** Grey lines in the shape of what is to come. */
export function Skeleton({ lines = 4, height = 14 }: { lines?: number; height?: number }) {
  return (
    <div className="skeleton" role="status">
      <span className="unseen">Loading…</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} aria-hidden="true" style={{ height, width: `${96 - ((line * 17) % 38)}%` }} />
      ))}
    </div>
  );
}

/** Nothing to show, and why. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

/** It could not be read. */
export function Failure({ error, onRetry }: { error: { message: string }; onRetry: () => void }) {
  return (
    <div className="failure" role="alert">
      <p>{error.message.replace(/^\[(GraphQL|Network)\] /, '')}</p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
