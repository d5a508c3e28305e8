import { renewSession } from './auth';

/** The part of its life after which a session is renewed. */
const RENEW_AT = 0.75;

/** Pause before a renewal that failed on the way is tried again, in milliseconds. */
const TRY_AGAIN = 5000;

/** The longest that a browser's timer counts, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Keeps an open socket signed in, whose session ends at an instant (RFC 3339): renews the session before that and hands the new token
 * over in the payload of a `ping`, which the server answers with `{renewed, expiresAt}`. Without it the server closes the socket with
 * 4401 when the session ends. Returns what stops it.
 */
export function keepSignedIn(socket: WebSocket, expiresAt: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  function schedule(end: string) {
    const left = new Date(end).getTime() - Date.now();
    if (!stopped) timer = setTimeout(() => void renew(), Math.min(Math.max(left * RENEW_AT, 0), LONGEST_TIMER));
  }

  async function renew() {
    const lease = await renewSession().catch(() => undefined);
    if (stopped || socket.readyState !== WebSocket.OPEN) return;
    // The server cannot be reached now, or cannot say: the token may hold for a while yet.
    if (lease === undefined) {
      timer = setTimeout(() => void renew(), TRY_AGAIN);
      return;
    }
    // Signed in by other means, or not any more: the server says so when the time has come.
    if (!lease) return;
    socket.send(JSON.stringify({ type: 'ping', payload: { token: lease.token } }));
    schedule(lease.expiresAt);
  }

  schedule(expiresAt);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
