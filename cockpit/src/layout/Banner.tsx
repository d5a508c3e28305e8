import { useEffect, useState } from 'react';
import { useLive } from '../lib/live/Live';
import './banner.css';

/** A way that is lost for less than this is nothing to speak of, in milliseconds. */
const QUIET = 1_500;

const TEXTS = {
  none: 'No connection to the server. Trying again; what you see may be out of date.',
  polling: 'Live updates are not getting through. The page asks for news every 30 seconds and goes on trying.',
};

/** A quiet line about a connection that is not as it should be. */
export function Banner() {
  const { status, wake } = useLive();
  const { channel, heardAt } = status;
  const problem = channel === null ? (heardAt === null ? null : 'none') : channel === 'polling' ? 'polling' : null;
  const [shown, setShown] = useState<typeof problem>(null);
  useEffect(() => {
    const timer = setTimeout(() => setShown(problem), problem ? QUIET : 0);
    return () => clearTimeout(timer);
  }, [problem]);
  return (
    <div className="banner-place" role="status">
      {shown && (
        <p className="banner">
          <span>{TEXTS[shown]}</span>
          <button type="button" className="button button-quiet" onClick={wake}>
            Try now
          </button>
        </p>
      )}
    </div>
  );
}
