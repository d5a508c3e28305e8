import { useCallback } from 'react';
import { useClient, type CombinedError } from 'urql';
import {
  ActionNowDocument,
  BlockActionDocument,
  CancelActionDocument,
  CompleteActionDocument,
  ReopenActionDocument,
  UnblockActionDocument,
  type ActionRowFragment,
  type ActionStatus,
} from '../../gql/graphql';

/** What a member wants done with an action. */
export type Command =
  | { kind: 'complete'; actualHours: string | null; evidencePath: string | null }
  | { kind: 'block'; blockerDescription: string }
  | { kind: 'cancel'; reason: string }
  | { kind: 'unblock' | 'reopen' };

/** The row as the server has it, when it is not as the member saw it. */
export interface Current {
  status: ActionStatus;
  owner: string | null;
  blockerDescription: string | null;
  completionDate: string | null;
  actualHours: string | null;
  evidencePath: string | null;
  updatedAt: string;
}

export type Outcome = { done: true } | { done: false; conflict: Current; message: string } | { done: false; conflict: null; message: string };

function outcome(error: CombinedError | undefined): Outcome {
  if (!error) return { done: true };
  const [first] = error.graphQLErrors;
  const message = first?.message ?? error.networkError?.message ?? error.message;
  if (first?.extensions['code'] !== 'CONFLICT') return { done: false, conflict: null, message };
  return { done: false, conflict: first.extensions['current'] as Current, message };
}

/**
 * Runs a command upon the row as the member has seen it (`seen`, its `updatedAt`). The page shows the outcome at once and takes it
 * back where the server says otherwise; then the row is read anew.
 */
export function useActions() {
  const client = useClient();
  return useCallback(
    async (action: Pick<ActionRowFragment, 'id'>, seen: string, command: Command): Promise<Outcome> => {
      const key = { id: action.id, expectedUpdatedAt: seen };
      const run = () => {
        switch (command.kind) {
          case 'complete':
            return client.mutation(CompleteActionDocument, {
              input: { ...key, actualHours: command.actualHours, evidencePath: command.evidencePath },
            });
          case 'block':
            return client.mutation(BlockActionDocument, { input: { ...key, blockerDescription: command.blockerDescription } });
          case 'cancel':
            return client.mutation(CancelActionDocument, { input: { ...key, reason: command.reason } });
          case 'unblock':
            return client.mutation(UnblockActionDocument, { input: key });
          case 'reopen':
            return client.mutation(ReopenActionDocument, { input: key });
        }
      };
      const { error } = await run().toPromise();
      const result = outcome(error);
      if (!result.done) {
        await client.query(ActionNowDocument, { id: action.id }, { requestPolicy: 'network-only' }).toPromise();
      }
      return result;
    },
    [client],
  );
}
