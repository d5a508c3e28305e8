/** The normalised cache: rows by id, the lists that rows move between, and what a change will look like before the server has said so. */

import { cacheExchange, type Cache, type CacheExchangeOpts } from '@urql/exchange-graphcache';
import { gql } from '@urql/core';
import { belongs, orderField, orderKey, placeIn, type Order } from './lists';
import {
  ActionRowFragmentDoc,
  type ActionFilter,
  type ActionRowFragment,
  type BlockActionInput,
  type CompleteActionInput,
  type LiveEventsSubscription,
} from '../gql/graphql';

/** Types without an id: they are part of what they hang on. */
const PARTS = [
  'ActionConnection', 'ActionCounts', 'AgentConnection', 'AgentDay', 'AgentHistory', 'AgentPerformance', 'Album', 'AlbumProgress',
  'AuditEntry', 'AuditPage', 'Completion', 'DeliverableConnection', 'FunnelVelocity', 'InvestorSummary', 'OpenWork', 'PageInfo',
  'ResultConnection', 'ResultCounts', 'ResultRevenue', 'Revenue', 'RevenueSummary', 'SongConnection', 'StageVelocity', 'TrendPoint',
  'WeekConnection', 'WeekMetrics',
];
/** Events have ids, but a page that is open for days must not keep them all. */
const EVENTS = [
  'ActionCompletedEvent', 'ActionBlockedEvent', 'ActionUpdatedEvent', 'AgentStatusChangedEvent', 'RevenueUpdatedEvent',
  'DeliverablePublishedEvent', 'WeekIngestedEvent',
];

const NODES = ['Action', 'Agent', 'Deliverable', 'IngestRun', 'Owner', 'Period', 'Project', 'Result', 'Song', 'Week'];

const COUNTED = gql`
  query ($filter: ActionFilter, $orderBy: ActionOrder, $first: Int) {
    actions(filter: $filter, orderBy: $orderBy, first: $first) {
      totalCount
      nodes {
        id
      }
    }
  }
`;

interface Page {
  __typename: 'ActionConnection';
  totalCount: number;
  nodes: { __typename: 'Action'; id: string }[];
}

/** Puts an action into the lists where it belongs now, and takes it out of those where it does not. */
function sort(cache: Cache, id: string) {
  const action = cache.readFragment(ActionRowFragmentDoc, { __typename: 'Action', id }) as ActionRowFragment | null;
  if (!action) return;
  for (const { fieldName, arguments: args } of cache.inspectFields('Query')) {
    // Later pages stay as they are: which of them a row belongs on cannot be told.
    if (fieldName !== 'actions' || args?.['after'] || args?.['before'] || args?.['last']) continue;
    const belongsIn = belongs(action, args?.['filter'] as ActionFilter | undefined);
    if (belongsIn === null) continue;
    const order = args?.['orderBy'] as Order | undefined;
    cache.updateQuery<{ actions: Page }>({ query: COUNTED, variables: args ?? {} }, (data) => {
      if (!data?.actions) return data;
      const { nodes, totalCount } = data.actions;
      const rest = nodes.filter((node) => node.id !== id);
      const was = rest.length < nodes.length;
      if (!was && !belongsIn) return data;
      if (belongsIn) {
        const field = orderField(order);
        const key = (node: string) => (field ? orderKey(field, cache.resolve({ __typename: 'Action', id: node }, field)) : null);
        const place = placeIn(rest.map((node) => key(node.id)), key(id), order?.direction ?? 'ASC');
        rest.splice(place, 0, { __typename: 'Action', id });
      }
      const count = totalCount + (belongsIn ? 1 : 0) - (was ? 1 : 0);
      return { actions: { ...data.actions, totalCount: count, nodes: rest } };
    });
  }
}

/** A mutation's payload is of one action. */
const sorted = (field: string) => (result: object, _: unknown, cache: Cache) => {
  const id = (result as Record<string, { action?: { id: string } } | null>)[field]?.action?.id;
  if (id) sort(cache, id);
};

/** What an action looks like after a change, as far as can be told; fields that it does not name stay. */
function expected(cache: Cache, id: string | null | undefined, change: Partial<ActionRowFragment>) {
  if (!id) return null;
  const action = cache.readFragment(ActionRowFragmentDoc, { __typename: 'Action', id }) as ActionRowFragment | null;
  return action && { ...action, ...change, __typename: 'Action' as const };
}

export function cache(options: Pick<CacheExchangeOpts, 'logger'> = {}) {
  return cacheExchange({
    ...options,
    possibleTypes: { Event: EVENTS, Node: NODES },
    keys: Object.fromEntries([...PARTS, ...EVENTS].map((name) => [name, () => null])),
    updates: {
      Subscription: {
        events: (result, _, cache) => {
          const { events } = result as unknown as LiveEventsSubscription;
          if ('action' in events && events.action) sort(cache, events.action.id);
        },
      },
      Mutation: {
        completeAction: sorted('completeAction'),
        blockAction: sorted('blockAction'),
        unblockAction: sorted('unblockAction'),
        startAction: sorted('startAction'),
        reopenAction: sorted('reopenAction'),
      },
    },
    optimistic: {
      completeAction: (args, cache) => {
        const { id, actualHours, evidencePath } = args['input'] as CompleteActionInput;
        const change: Partial<ActionRowFragment> = { status: 'COMPLETED', completionDate: new Date().toISOString() };
        if (actualHours) change.actualHours = actualHours;
        if (evidencePath) change.evidencePath = evidencePath;
        const action = expected(cache, id, change);
        return action && { __typename: 'CompleteActionPayload', action };
      },
      blockAction: (args, cache) => {
        const { id, blockerDescription } = args['input'] as BlockActionInput;
        const action = expected(cache, id, { status: 'BLOCKED', blockerDescription });
        return action && { __typename: 'BlockActionPayload', action };
      },
    },
  });
}
