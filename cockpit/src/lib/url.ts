/** What is looked at is in the address: it can be sent, kept and gone back to. */

import { useCallback, useSyncExternalStore } from 'react';

const CHANGED = 'rpm:address';

function subscribe(listener: () => void) {
  addEventListener('popstate', listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(CHANGED, listener);
  };
}

const read = () => location.search;

/** Sets some parameters and takes away those that are null, without loading the page. `push` makes a step to go back by. */
export function setParams(changes: Record<string, string | null>, push = false) {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') params.delete(name);
    else params.set(name, value);
  }
  const search = params.toString();
  const url = location.pathname + (search && `?${search}`);
  history[push ? 'pushState' : 'replaceState'](null, '', url);
  dispatchEvent(new Event(CHANGED));
}

/** One parameter of the address as it is now; null where it is absent. */
export function param(name: string): string | null {
  return new URLSearchParams(read()).get(name);
}

/** The same for a component, which is shown anew when it changes. */
export function useParam(name: string): string | null {
  const search = useSyncExternalStore(subscribe, read);
  return new URLSearchParams(search).get(name);
}

/** A parameter that is a list (`owner=Jesse,QA`), and what sets it. Values that `allowed` does not know are left out. */
export function useListParam<T extends string>(name: string, allowed?: readonly T[]): [T[], (values: T[]) => void] {
  const text = useParam(name);
  const values = (text ?? '').split(',').filter((value) => value !== '' && (!allowed || allowed.includes(value as T))) as T[];
  const set = useCallback((next: T[]) => setParams({ [name]: next.join(',') || null }), [name]);
  return [values, set];
}
