import { useCallback, useEffect, useState } from 'react';
import { readMethods, readSession, signInAsDemo, signOut, type Member, type Methods } from './auth';

export type Session =
  | { state: 'loading' }
  | { state: 'signedIn'; member: Member }
  | { state: 'signedOut'; methods: Methods };

export interface SessionControl {
  session: Session;
  /** What went wrong last, to be shown; null when nothing did. */
  problem: string | null;
  signInAs(email: string): Promise<void>;
  signOut(): Promise<void>;
  /** Ask the server again, for example after an answer of 401. */
  refresh(): Promise<void>;
}

async function currentSession(): Promise<Session> {
  const session = await readSession();
  return session ? { state: 'signedIn', member: session.member } : { state: 'signedOut', methods: await readMethods() };
}

function sameSession(a: Session, b: Session): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function useSession(): SessionControl {
  const [session, setSession] = useState<Session>({ state: 'loading' });
  const [problem, setProblem] = useState<string | null>(null);

  /** Runs a step (none: only look), then shows what the server says the session is now. */
  const after = useCallback(async (step?: () => Promise<void>) => {
    try {
      await step?.();
      const next = await currentSession();
      // The same session keeps its identity: a new one makes the explorer read the schema again.
      setSession((known) => (sameSession(known, next) ? known : next));
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSession((known) => (known.state === 'loading' ? { state: 'signedOut', methods: { provider: null, demo: null } } : known));
    }
  }, []);

  const refresh = useCallback(() => after(), [after]);
  const signInAs = useCallback((email: string) => after(() => signInAsDemo(email)), [after]);
  const leave = useCallback(
    () =>
      after(async () => {
        await signOut();
        // What the page still holds of the member (answers, schema, open sockets) goes with the session.
        location.reload();
      }),
    [after],
  );

  useEffect(() => {
    void refresh();
  }, [refresh]);

  return { session, problem, signInAs, signOut: leave, refresh };
}
