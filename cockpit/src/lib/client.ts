/** The GraphQL client: the normalised cache, HTTP for questions, and the live transport for events. */

import { Client, fetchExchange, formatDocument, subscriptionExchange } from '@urql/core';
import { cache } from './cache';
import { GRAPHQL, sessionFetch } from './http';
import type { LiveEvent } from './live/channels';

/** What the page hears of events. The cache has taken in what it is told of. */
export type EventListener = (event: LiveEvent) => void;

export interface Cockpit {
  client: Client;
  /** Passes an event to the cache, as if a subscription had brought it. */
  bring(event: LiveEvent): void;
}

export function createCockpitClient(): Cockpit {
  let sink: ((result: { data: { events: LiveEvent } }) => void) | undefined;
  const client = new Client({
    url: GRAPHQL,
    fetch: sessionFetch,
    fetchOptions: { credentials: 'same-origin' },
    preferGetMethod: false,
    exchanges: [
      cache(),
      // One subscription drives the cache; by which way its events come is the transport's business.
      subscriptionExchange({
        forwardSubscription: () => ({
          subscribe(observer) {
            sink = (result) => observer.next(result);
            return { unsubscribe: () => (sink = undefined) };
          },
        }),
      }),
      fetchExchange,
    ],
  });
  return { client, bring: (event) => sink?.({ data: { events: event } }) };
}

export { formatDocument };
