/** Who is signed in, and what there is to know of the place: read once when the page begins. */

import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { AuthError, readMethods, readSession, readSessionOfKey, signInAsDemo, signOut, type Member, type Methods, type Session as Standing } from '../shared/auth';
import { heldKey, holdKey } from '../shared/key';
import { formats, type Formats } from './format';
import { keepSession } from './lease';

/** Why one is signed out: the session is over, the page was not used, or the key is not valid any more. */
export type Why = 'ended' | 'idle' | 'key';

export type Session =
  | { state: 'loading' }
  | { state: 'signedIn'; standing: Standing }
  | { state: 'signedOut'; methods: Methods; why: Why | null }
  | { state: 'unreachable'; message: string };

export interface SessionControl {
  session: Session;
  signInAs(email: string): Promise<void>;
  /** Signs in with an investor's API key. Rejects with the reason when it opens nothing. */
  signInWith(key: string): Promise<void>;
  signOut(): Promise<void>;
  /** What the server says: the session is over. */
  end(): void;
  /** Asks the server again. */
  retry(): void;
}

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

export function useSessionControl(): SessionControl {
  const [session, setSession] = useState<Session>({ state: 'loading' });

  async function look(reason: Why | null = null) {
    try {
      const key = heldKey();
      const standing = reason !== null ? null : key === null ? await readSession() : await readSessionOfKey(key);
      if (!standing) holdKey(null);
      const why = key !== null && !standing && reason !== 'idle' ? 'key' : reason;
      const next: Session = standing ? { state: 'signedIn', standing } : { state: 'signedOut', methods: await readMethods(), why };
      // Signing out closes the sockets, which tell of it too: what is known by then is the better reason.
      setSession((known) => (why === 'ended' && known.state === 'signedOut' ? known : next));
    } catch (error) {
      setSession({ state: 'unreachable', message: message(error) });
    }
  }

  useEffect(() => void look(), []);

  const expiresAt = session.state === 'signedIn' ? session.standing.expiresAt : null;
  useEffect(() => (expiresAt ? keepSession(heldKey() === null ? expiresAt : null, (why) => void look(why)) : undefined), [expiresAt]);

  return {
    session,
    async signInAs(email) {
      await signInAsDemo(email);
      await look();
    },
    async signInWith(key) {
      const standing = await readSessionOfKey(key);
      if (!standing) throw new AuthError('This key is not valid, or no longer.');
      if (standing.member.role !== 'INVESTOR') throw new AuthError('This key is not an investor’s: it opens the API, and no page.');
      holdKey(key);
      setSession({ state: 'signedIn', standing });
    },
    async signOut() {
      if (heldKey() === null) await signOut();
      holdKey(null);
      // What the page still holds of the member (rows, open sockets) goes with the session.
      location.assign(location.pathname);
    },
    end: () => void look('ended'),
    retry: () => {
      setSession({ state: 'loading' });
      void look();
    },
  };
}

export interface Viewer {
  member: Member;
  formats: Formats;
  /** Whose own completion rate is shown. */
  principal: string;
  /** Whether the member may change actions. */
  canAct: boolean;
}

const ViewerContext = createContext<Viewer | null>(null);

export function ViewerProvider({ standing, children }: { standing: Standing; children: ReactNode }) {
  const [viewer] = useState(() => ({
    member: standing.member,
    formats: formats(standing.plans.timeZone),
    principal: standing.plans.principal,
    canAct: standing.member.role === 'ADMIN',
  }));
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}

/** Who looks, and in which time zone. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error('useViewer outside of a ViewerProvider');
  return viewer;
}

