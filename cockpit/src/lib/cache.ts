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
import { KINDS, PARTS } from '../gql/shapes';

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

/**
 * Puts an action into the lists where it belongs, and takes it out of those where it does not. Takes the row as the answer has it:
 * what the cache shows of it may be an expectation that is about to be taken back.
 */
function sort(cache: Cache, action: Partial<ActionRowFragment> | null | undefined) {
  if (!isRow(action)) return;
  const { id } = action;
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
        const place = (node: string, value: unknown) => ({ id: node, key: orderKey(field, value) });
        const places = rest.map((node) => place(node.id, field && cache.resolve({ __typename: 'Action', id: node.id }, field)));
        // Where the order cannot be told the row stays, or comes last.
        const before = was ? nodes.findIndex((node) => node.id === id) : rest.length;
        const at = field ? placeIn(places, place(id, action[field]), order?.direction ?? 'ASC') : before;
        // The end of a list that goes on elsewhere is not the place of a row that comes behind all of it.
        if (at < rest.length || nodes.length >= totalCount) rest.splice(at, 0, { __typename: 'Action', id });
      }
      const count = totalCount + (belongsIn ? 1 : 0) - (was ? 1 : 0);
      return { actions: { ...data.actions, totalCount: count, nodes: rest } };
    });
  }
}

/** Whether an answer has all that says where an action belongs. */
function isRow(action: Partial<ActionRowFragment> | null | undefined): action is ActionRowFragment {
  return action?.id !== undefined && action.status !== undefined && action.owners !== undefined && action.result?.week?.id !== undefined;
}

/** A mutation's payload is of one action. */
const sorted = (field: string) => (result: object, _: unknown, cache: Cache) =>
  sort(cache, (result as Record<string, { action?: ActionRowFragment } | null>)[field]?.action);

/** What an action looks like after a change, as far as can be told; fields that it does not name stay. */
function expected(cache: Cache, id: string | null | undefined, change: Partial<ActionRowFragment>) {
  if (!id) return null;
  const action = cache.readFragment(ActionRowFragmentDoc, { __typename: 'Action', id }) as ActionRowFragment | null;
  return action && { ...action, ...change, __typename: 'Action' as const };
}

export function cache(options: Pick<CacheExchangeOpts, 'logger'> = {}) {
  return cacheExchange({
    ...options,
    possibleTypes: KINDS,
    // Events have ids, but a page that is open for days must not keep them all.
    keys: Object.fromEntries([...PARTS, ...KINDS.Event].map((name) => [name, () => null])),
    updates: {
      Subscription: {
        events: (result, _, cache) => {
          const { events } = result as unknown as LiveEventsSubscription;
          if ('action' in events) sort(cache, events.action);
        },
      },
      // A row that is read by itself, as after a change that the server refused.
      Query: { action: (result, _, cache) => sort(cache, (result as { action: Partial<ActionRowFragment> | null }).action) },
      Mutation: {
        completeAction: sorted('completeAction'),
        blockAction: sorted('blockAction'),
        unblockAction: sorted('unblockAction'),
        startAction: sorted('startAction'),
        cancelAction: sorted('cancelAction'),
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
