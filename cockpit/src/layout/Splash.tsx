import { Logo } from './Logo';
import './splash.css';

/** Before it is known who is there; or that it cannot be known. */
export function Splash({ problem, onRetry }: { problem?: string; onRetry?: () => void }) {
  return (
    <main className="splash">
      <Logo size={40} />
      {problem && (
        <div role="alert">
          <p>{problem}</p>
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </main>
  );
}
