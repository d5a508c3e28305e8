/** The three ways to the event log: each a `Channel` of the transport. */

import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createStreamClient, NetworkError } from 'graphql-sse';
import { stringifyDocument } from '@urql/core';
import type { DocumentNode } from 'graphql';
import { GRAPHQL, post, type Answer } from '../http';
import { onLease } from '../lease';
import type { Channel, Ending } from './transport';
import { LiveEventsDocument, LiveMissedDocument, type LiveEventFragment, type LiveEventsSubscription, type LiveMissedQuery } from '../../gql/graphql';

export type LiveEvent = LiveEventFragment & { __typename: string };

/** A socket that has not answered a ping for so long is dead, in milliseconds. */
const PONG_WITHIN = 8_000;
/** Pause between pings, in milliseconds. */
const PING_EVERY = 12_000;
/** A stream on which nothing came for so long is dead, in milliseconds: the server sends a comment every 20 s. */
const SILENT_FOR = 65_000;
/** Pause between two questions, in milliseconds (SPEC 2.2). */
export const POLL_EVERY = 30_000;

interface Result {
  data?: LiveEventsSubscription | null;
  errors?: readonly { extensions?: Record<string, unknown> }[];
}

/** Why errors end a stream. */
function endingOf(errors: Result['errors']): Ending {
  const codes = errors?.map(({ extensions }) => extensions?.['code']);
  if (codes?.includes('CURSOR_EXPIRED')) return 'expired';
  return codes?.includes('UNAUTHENTICATED') ? 'unauthenticated' : 'lost';
}

export function websocket(text: Texts): Channel<LiveEvent> {
  return (after, listener) => {
    let closed = false;
    let timeout: ReturnType<typeof setTimeout> | undefined;
    let forget: (() => void) | undefined;
    const end = (why: Ending) => {
      if (closed) return;
      close();
      listener.ended(why);
    };
    const client = createSocketClient({
      url: GRAPHQL.replace(/^http/, 'ws'),
      lazy: false,
      retryAttempts: 0,
      keepAlive: PING_EVERY,
      onNonLazyError: () => end('lost'),
      on: {
        connected: (socket) => {
          // The socket lives as long as its token: the session's new one goes to the server in a ping.
          forget = onLease((token) => (socket as WebSocket).send(JSON.stringify({ type: 'ping', payload: { token } })));
          subscribe();
        },
        ping: (received) => {
          if (!received) timeout = setTimeout(() => end('lost'), PONG_WITHIN);
        },
        pong: (received) => {
          if (!received) return;
          clearTimeout(timeout);
          listener.opened();
        },
        closed: (event) => {
          const { code } = event as CloseEvent;
          end(code === 4401 || code === 4403 ? 'unauthenticated' : 'lost');
        },
        error: () => end('lost'),
      },
    });

    function subscribe() {
      client.subscribe<LiveEventsSubscription>(
        { query: text.events, variables: { after: after() } },
        {
          next: ({ data, errors }) => {
            if (data?.events) listener.event(data.events as LiveEvent);
            else end(endingOf(errors as Result['errors']));
          },
          error: (reason) => end(Array.isArray(reason) ? endingOf(reason as Result['errors']) : 'lost'),
          complete: () => end('lost'),
        },
      );
      listener.opened();
    }

    function close() {
      closed = true;
      clearTimeout(timeout);
      forget?.();
      // It waits for the connection, which may have failed: that is known already.
      Promise.resolve(client.dispose()).catch(() => undefined);
    }
    return close;
  };
}

export function sse(text: Texts): Channel<LiveEvent> {
  return (after, listener) => {
    let closed = false;
    const end = (why: Ending) => {
      if (closed) return;
      close();
      listener.ended(why);
    };
    let silence: ReturnType<typeof setTimeout> | undefined;
    /** Each piece of the stream, the server's comments included, says that it is alive. */
    const heard = () => {
      if (closed) return;
      clearTimeout(silence);
      silence = setTimeout(() => end('lost'), SILENT_FOR);
      listener.opened();
    };
    const client = createStreamClient({
      url: GRAPHQL,
      credentials: 'same-origin',
      retryAttempts: 0,
      fetchFn: async (input: RequestInfo, init?: RequestInit) => {
        const response = await fetch(input, init);
        if (!response.ok || !response.body) return response;
        heard();
        const noted = new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            heard();
            controller.enqueue(chunk);
          },
        });
        return new Response(response.body.pipeThrough(noted), response);
      },
    });
    const dispose = client.subscribe<LiveEventsSubscription>(
      { query: text.events, variables: { after: after() } },
      {
        next: ({ data, errors }) => {
          if (data?.events) listener.event(data.events as LiveEvent);
          else end(endingOf(errors as Result['errors']));
        },
        error: (reason) => end(reason instanceof NetworkError && (reason.response as Response | undefined)?.status === 401 ? 'unauthenticated' : 'lost'),
        complete: () => end('lost'),
      },
    );
    function close() {
      closed = true;
      clearTimeout(silence);
      dispose();
      client.dispose();
    }
    return close;
  };
}

export function polling(text: Texts): Channel<LiveEvent> {
  return (after, listener) => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    async function ask() {
      try {
        let more = true;
        while (more) {
          const answer: Answer<LiveMissedQuery> = await post(text.missed, { after: after() }, control.signal);
          if (control.signal.aborted) return;
          if (!answer.data) return end(answer.status === 401 ? 'unauthenticated' : endingOf(answer.errors));
          const { nodes, endCursor, hasNextPage } = answer.data.events;
          for (const node of nodes) listener.event(node as LiveEvent);
          listener.reached?.(endCursor);
          more = hasNextPage;
        }
        listener.opened();
        timer = setTimeout(() => void ask(), POLL_EVERY);
      } catch {
        end('lost');
      }
    }

    function end(why: Ending) {
      if (control.signal.aborted) return;
      control.abort();
      listener.ended(why);
    }

    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  };
}

/** The operations as text. */
export interface Texts {
  events: string;
  missed: string;
}

/** `prepare` is the client's: it adds the type names that the cache needs. */
export function channels(prepare: (document: DocumentNode) => DocumentNode) {
  const text = { events: stringifyDocument(prepare(LiveEventsDocument)), missed: stringifyDocument(prepare(LiveMissedDocument)) };
  return { websocket: websocket(text), sse: sse(text), polling: polling(text) };
}
