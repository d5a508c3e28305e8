import { getOperationAST, parse, type ExecutionResult } from 'graphql';
import type { Fetcher, Observable } from '@graphiql/toolkit';
import { createClient, type Client, type SubscribePayload } from 'graphql-ws';
import { readSession, renewSession } from '../shared/auth';
import { keepSignedIn } from '../shared/renewal';

export interface Connection {
  fetcher: Fetcher;
  /** Ends running subscriptions and closes the sockets. */
  close(): void;
}

/** What an operation cost and may cost, and what is left of the budget: `extensions.cost` of an answer, and of a subscription's first. */
export interface Cost {
  requested: number;
  operationLimit: number;
  remaining: number;
  limit: number;
  resetSeconds: number;
}

/** What is known of an operation's cost: a subscription tells it with its first event, each of which costs that. */
export type Told = { of: 'answer' | 'event'; cost: Cost } | { of: 'event'; cost: null };

type Headers = Record<string, string>;

/** The part of an observable that GraphiQL uses. */
interface Observer {
  next(result: ExecutionResult): void;
  error(reason: Error): void;
  complete(): void;
}

/**
 * Queries and mutations go by POST, subscriptions by WebSocket (graphql-transport-ws); both carry the session's cookie.
 * `onRefused` is called when the server no longer accepts who we are; `onCost` with what is known of the cost of the operation that runs, or
 * null where it is not told: of what was refused.
 */
export function createFetcher(onRefused: () => void, onCost: (told: Told | null) => void): Connection {
  const clients = new Map<string, Client>();

  function clientFor(headers: Headers): Client {
    // A browser cannot add headers to a WebSocket: what the headers tab says travels in `connection_init` instead.
    const key = JSON.stringify(headers);
    let client = clients.get(key);
    if (!client) {
      let expiresAt: string | undefined;
      let stop: (() => void) | undefined;
      client = createClient({
        // Asked for each socket: a session that has ended meanwhile is renewed first, else the server would refuse the socket.
        async url() {
          const isByKey = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
          expiresAt = isByKey ? undefined : (await readSession().catch(() => null))?.expiresAt;
          return socketUrl();
        },
        connectionParams: headers,
        lazy: true,
        retryAttempts: 10,
        on: {
          connected(socket) {
            if (expiresAt) stop = keepSignedIn(socket as WebSocket, expiresAt);
          },
          closed() {
            stop?.();
            stop = undefined;
          },
        },
      });
      clients.set(key, client);
    }
    return client;
  }

  /** An observable, not an async generator: a generator that waits for its next event cannot be stopped before it comes. */
  function subscribe(payload: SubscribePayload, headers: Headers): Observable<ExecutionResult> {
    const events = {
      subscribe({ next, error, complete }: Observer) {
        let isTold = false;
        onCost({ of: 'event', cost: null });
        const unsubscribe = clientFor(headers).subscribe<ExecutionResult['data']>(payload, {
          next(result) {
            const cost = costOf(result as ExecutionResult);
            if (cost) {
              isTold = true;
              onCost({ of: 'event', cost });
            }
            next(result as ExecutionResult);
          },
          error(reason) {
            onCost(null);
            // A refused upgrade and an expired session both end as a closed socket; the server can tell whether it was either.
            onRefused();
            error(readable(reason));
          },
          complete,
        });
        return {
          unsubscribe() {
            if (!isTold) onCost(null);
            unsubscribe();
          },
        };
      },
    };
    // The type also allows three callbacks in place of an observer; GraphiQL passes an observer.
    return events as Observable<ExecutionResult>;
  }

  return {
    fetcher({ query, operationName, variables }, options) {
      const headers: Headers = { ...options?.headers };
      const payload = { query, operationName: operationName ?? null, variables: variables as SubscribePayload['variables'] };
      // What the explorer itself wants to know is not an operation of the visitor's.
      const isOurs = operationName === 'IntrospectionQuery';
      if (!isOurs) onCost(null);
      if (isSubscription(query, operationName)) return subscribe(payload, headers);
      const answer = post(payload, headers, onRefused);
      if (!isOurs) {
        const tell = (cost: Cost | null) => onCost(cost && { of: 'answer', cost });
        void answer.then((result) => tell(costOf(result)), () => undefined);
      }
      return answer;
    },
    close() {
      for (const client of clients.values()) void client.dispose();
      clients.clear();
    },
  };
}

function costOf({ extensions }: ExecutionResult): Cost | null {
  return (extensions?.['cost'] as Cost | undefined) ?? null;
}

async function post(payload: SubscribePayload, headers: Headers, onRefused: () => void): Promise<ExecutionResult> {
  let response = await send(payload, headers);
  // What says who we are lasts for minutes; what gets the next one lasts as long as it is used.
  if (response.status === 401 && (await renewSession().catch(() => null))) response = await send(payload, headers);
  if (response.status === 401) onRefused();
  // Errors of GraphQL come as JSON whatever the status; anything else (a proxy's page) is worth only its status line.
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) {
    throw new Error(`The server answered ${response.status} ${response.statusText}`.trim() + '.');
  }
  return (await response.json()) as ExecutionResult;
}

function send(payload: SubscribePayload, headers: Headers): Promise<Response> {
  return fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify(payload),
  });
}

/** Asks the text itself: GraphiQL's own parse (`options.documentAST`) lags a moment behind the editor. */
function isSubscription(query: string, operationName: string | null | undefined): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    // What does not parse is sent as it is: the server's message is the one to show.
    return false;
  }
}

function socketUrl(): string {
  const url = new URL('/graphql', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

function readable(error: unknown): Error {
  if (error instanceof Error) return error;
  if (error instanceof CloseEvent) {
    return new Error(`The event stream was closed (${error.code}${error.reason && `: ${error.reason}`}).`);
  }
  if (Array.isArray(error)) return new Error(error.map((e: { message?: string }) => e.message).join('\n'));
  return new Error('The event stream could not be opened.');
}
