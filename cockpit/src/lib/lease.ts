/**
 * The session's time: renewed in place before its token runs out, for as long as somebody uses the page, and ended an hour after.
 *
 * The token is held in memory only, for the sockets that are open; requests carry the cookie. Tabs renew each for itself: the server
 * gives those who come at once the same successor. Use in one tab counts for all.
 */

import { renewSession, signOut, type Lease } from '../shared/auth';

/** Without use for so long, one is signed out, in milliseconds (SPEC 2.1). */
export const IDLE_AFTER = 60 * 60 * 1000;
/** The part of its life after which the token is renewed. */
const RENEW_AT = 0.75;
/** Pause before a renewal that failed on the way is tried again, in milliseconds. */
const TRY_AGAIN = 5_000;
/** How often the time without use is looked at, in milliseconds. */
const LOOK_EVERY = 15_000;
/** Where the tabs keep when the page was last used. */
const LAST_USE = 'rpm.lastUse';

const listeners = new Set<(token: string) => void>();

/** Calls back with each new token. Returns what stops it. */
export function onLease(listener: (token: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Renews the session; null when it is over. Rejects when the server cannot say. */
export async function renew(): Promise<Lease | null> {
  const lease = await renewSession();
  if (lease) for (const listener of listeners) listener(lease.token);
  return lease;
}

function lastUse(): number {
  return Number(localStorage.getItem(LAST_USE)) || 0;
}

/**
 * Keeps the session going until it is over (`onOver`) or nobody uses it any more. Returns what stops it. `expiresAt` is null where
 * there is nothing to renew.
 */
export function keepSession(expiresAt: string | null, onOver: (why: 'ended' | 'idle') => void): () => void {
  let renewal: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let noted = 0;

  function used() {
    // Often enough for an hour, and not a write to the disk for each movement.
    if (Date.now() - noted < 5_000) return;
    noted = Date.now();
    localStorage.setItem(LAST_USE, String(noted));
  }

  function schedule(until: string) {
    const left = new Date(until).getTime() - Date.now();
    renewal = setTimeout(() => void go(), Math.min(Math.max(left * RENEW_AT, 1_000), 2 ** 31 - 1));
  }

  async function go() {
    const lease = await renew().catch(() => undefined);
    if (stopped) return;
    if (lease === undefined) renewal = setTimeout(() => void go(), TRY_AGAIN);
    else if (lease) schedule(lease.expiresAt);
    else over('ended');
  }

  function over(why: 'ended' | 'idle') {
    stop();
    onOver(why);
  }

  function look() {
    if (Date.now() - lastUse() < IDLE_AFTER) return;
    stop();
    // A key is forgotten by the page; there is no session of it to end.
    void (expiresAt === null ? Promise.resolve() : signOut())
      .catch(() => undefined)
      .then(() => onOver('idle'));
  }

  const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'] as const;
  function stop() {
    stopped = true;
    clearTimeout(renewal);
    clearInterval(watch);
    for (const sign of signs) removeEventListener(sign, used);
  }

  used();
  for (const sign of signs) addEventListener(sign, used, { passive: true });
  const watch = setInterval(look, LOOK_EVERY);
  if (expiresAt !== null) schedule(expiresAt);
  return stop;
}
