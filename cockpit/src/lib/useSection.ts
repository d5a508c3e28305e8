import { useCallback, useEffect, useRef } from 'react';
import { useQuery, type AnyVariables, type CombinedError, type TypedDocumentNode } from 'urql';
import { useLive } from './live/Live';
import type { EventType } from '../gql/graphql';

/** Events within this time are one question, in milliseconds. */
const GATHER = 200;
/** The shortest pause between two questions of a section, in milliseconds. */
const PAUSE = 2_000;

export interface Section<Data> {
  /** What is known; undefined while nothing is. */
  data: Data | undefined;
  /** Why nothing can be shown; with `data` it is only out of date. */
  error: CombinedError | undefined;
  loading: boolean;
  retry(): void;
}

/**
 * A section's question. The answer comes from the cache and changes with it; `anew` names the events after which it is asked again,
 * for what they do not carry. Keep such documents small.
 */
export function useSection<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { anew = [], pause = false }: { anew?: readonly EventType[]; pause?: boolean } = {},
): Section<Data> {
  const [{ data, error, fetching, stale }, execute] = useQuery({ query, variables, pause } as Parameters<typeof useQuery<Data, Variables>>[0]);
  const { listen } = useLive();
  const again = useRef(execute);
  again.current = execute;
  const types = anew.join();

  const retry = useCallback(() => again.current({ requestPolicy: 'network-only' }), []);

  useEffect(() => {
    if (pause) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    const stop = listen((event) => {
      if (timer !== undefined || (event !== 'everything' && !types.split(',').includes(event.type))) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          asked = Date.now();
          retry();
        },
        Math.max(GATHER, asked + PAUSE - Date.now()),
      );
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [listen, types, pause, retry]);

  return { data, error, loading: (fetching || stale) && !data && !error, retry };
}
