/** Events for the whole page: one transport, whose events go into the cache and to those sections that must ask anew. */

import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import type { DocumentNode } from 'graphql';
import { Provider } from 'urql';
import { createCockpitClient, formatDocument } from '../client';
import { renew } from '../lease';
import { channels, type LiveEvent } from './channels';
import { Transport, type Status } from './transport';
import { LiveEventsDocument, LiveStartDocument, StartDocument, type LiveStartQuery } from '../../gql/graphql';
import { weekVariables } from '../week/variables';

type Listener = (event: LiveEvent | 'everything') => void;

/** The same for as long as the page lives, whatever becomes of the connection. */
interface Live {
  /** Tells of each event when the cache has it; `'everything'` when what is shown may be stale as a whole. */
  listen(listener: Listener): () => void;
  /** Tries the better ways at once. */
  wake(): void;
}

const LiveContext = createContext<Live | null>(null);
const StatusContext = createContext<Status>({ channel: null, heardAt: null });

export function LiveProvider({ onSignedOut, children }: { onSignedOut: () => void; children: ReactNode }) {
  const [{ client, bring }] = useState(createCockpitClient);
  const [status, setStatus] = useState<Status>({ channel: null, heardAt: null });
  const [ready, setReady] = useState(false);
  const transport = useRef<Transport<LiveEvent> | null>(null);
  const listeners = useRef(new Set<Listener>());
  const signedOut = useRef(onSignedOut);
  signedOut.current = onSignedOut;

  useEffect(() => {
    let over = false;
    const tell: Listener = (event) => listeners.current.forEach((listener) => listener(event));
    const { unsubscribe } = client.subscription(LiveEventsDocument, {}).subscribe(() => undefined);

    /** The position in the log from before anything is read: what happens since then comes as an event. */
    async function begin(asked: Promise<{ data?: LiveStartQuery; error?: Error }>): Promise<string> {
      const { data, error } = await asked;
      if (!data) throw error ?? new Error('no cursor');
      return data.eventCursor;
    }
    const policy = { requestPolicy: 'network-only' } as const;

    async function start() {
      const cursor = () => begin(client.query(LiveStartDocument, {}, policy).toPromise());
      // An address may name a week that is none.
      const after = await begin(client.query(StartDocument, weekVariables(), policy).toPromise()).catch(cursor).catch(() => null);
      if (over) return;
      if (after === null) {
        // The sections say what is wrong, and begin anew.
        setReady(true);
        retry = setTimeout(() => void start(), 2_000);
        return;
      }
      if (retry !== undefined) tell('everything');
      setReady(true);
      transport.current = new Transport<LiveEvent>({
        channels: channels((document) => formatDocument(document) as DocumentNode),
        after,
        onEvent(event) {
          bring(event);
          // A document changes many rows at once; and a row that is gone, or not ours any more, names no list to be taken out of.
          const isWide = event.type === 'WEEK_INGESTED' || ('action' in event && event.action === null);
          tell(isWide ? 'everything' : event);
        },
        onStatus: setStatus,
        async renew() {
          const lease = await renew();
          if (!lease) signedOut.current();
          return lease !== null;
        },
        async restart() {
          const cursor = await begin(client.query(LiveStartDocument, {}, policy).toPromise());
          tell('everything');
          return cursor;
        },
      });
    }
    let retry: ReturnType<typeof setTimeout> | undefined;
    void start();

    const wake = () => document.visibilityState === 'visible' && transport.current?.wake();
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
    return () => {
      over = true;
      clearTimeout(retry);
      unsubscribe();
      transport.current?.stop();
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wake);
    };
  }, [client, bring]);

  const [live] = useState<Live>(() => ({
    listen(listener) {
      listeners.current.add(listener);
      return () => listeners.current.delete(listener);
    },
    wake: () => transport.current?.wake(),
  }));

  return (
    <Provider value={client}>
      <LiveContext value={live}>
        <StatusContext value={status}>{ready && children}</StatusContext>
      </LiveContext>
    </Provider>
  );
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('useLive outside of a LiveProvider');
  return live;
}

/** How events come at this moment. */
export function useLiveStatus(): Status {
  return useContext(StatusContext);
}
