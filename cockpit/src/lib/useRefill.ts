import { useEffect, useRef } from 'react';
import { useLive } from './live/Live';

/**
 * Reads anew what events have made short: they take rows out of a list, and those behind its end are not here. `ask` resolves when
 * the answer is in the cache. One that an event has overtaken may be older than what it replaces, and is asked for again.
 */
export function useRefill(isShort: boolean, ask: () => Promise<unknown>): void {
  const { listen } = useLive();
  const latest = useRef(ask);
  latest.current = ask;
  const filling = useRef(false);
  useEffect(() => {
    if (!isShort || filling.current) return;
    filling.current = true;
    let overtaken: boolean;
    const stop = listen(() => (overtaken = true));
    async function fill() {
      do {
        overtaken = false;
        await latest.current();
      } while (overtaken);
      stop();
      filling.current = false;
    }
    void fill();
  }, [isShort, listen]);
}
