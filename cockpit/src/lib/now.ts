import { useEffect, useRef, useSyncExternalStore } from 'react';

/** A clock that ticks for all who look at it, and for nobody when nobody does. */
function clock(every: number) {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let now = Date.now();
  return {
    subscribe(listener: () => void) {
      listeners.add(listener);
      now = Date.now();
      timer ??= setInterval(() => {
        now = Date.now();
        for (const each of listeners) each();
      }, every);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    read: () => now,
  };
}

const seconds = clock(1_000);
const tens = clock(10_000);

/** The time, in milliseconds since 1970, every ten seconds anew; every second where `exact`. */
export function useNow(exact = false): number {
  const source = exact ? seconds : tens;
  return useSyncExternalStore(source.subscribe, source.read);
}

/** The beginning of the hour that it is: for questions like “since yesterday”, which must not change with each second. */
export function useHour(): number {
  const now = useNow();
  return now - (now % 3_600_000);
}

/** Does something when an hour has begun: for what the server says as of an hour. */
export function useEachHour(then: () => void): void {
  const hour = useHour();
  const known = useRef(hour);
  useEffect(() => {
    if (known.current === hour) return;
    known.current = hour;
    then();
  }, [hour, then]);
}
