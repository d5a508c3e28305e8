import { useEffect, useState } from 'react';
import { useLive, useLiveStatus } from '../lib/live/Live';
import './banner.css';

/** A way that is lost for less than this is nothing to speak of, in milliseconds. */
const QUIET = 1_500;

const TEXTS = {
  none: 'No connection to the server. Trying again; what you see may be out of date.',
  polling: 'Live updates are not getting through. The page asks for news every 30 seconds and goes on trying.',
  sse: 'The live connection was lost; updates come by another way meanwhile.',
};

/** A quiet line about a connection that is not as it should be. */
export function Banner() {
  const { wake } = useLive();
  const { channel, heardAt } = useLiveStatus();
  const problem = channel === 'websocket' || (channel === null && heardAt === null) ? null : (channel ?? 'none');
  const [shown, setShown] = useState<typeof problem>(null);
  useEffect(() => {
    const timer = setTimeout(() => setShown(problem), problem ? QUIET : 0);
    return () => clearTimeout(timer);
  }, [problem]);
  return (
    <div role="status">
      {shown && (
        <p className="banner" data-kind={shown}>
          <span>{TEXTS[shown]}</span>
          {/* As good as the socket: one may want it out of the way. */}
          {shown === 'sse' ? (
            <button type="button" className="button button-small button-quiet" onClick={() => setShown(null)}>
              Hide
            </button>
          ) : (
            <button type="button" className="button button-small button-quiet" onClick={wake}>
              Try now
            </button>
          )}
        </p>
      )}
    </div>
  );
}
