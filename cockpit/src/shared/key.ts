/**
 * The API key that somebody has signed in with, for as long as the tab lives: in the tab's own storage, never in the address or a
 * cookie, and not kept by the browser.
 */

const KEPT = 'rpm.key';

export function heldKey(): string | null {
  return sessionStorage.getItem(KEPT);
}

/** Keeps a key, or with null forgets it. */
export function holdKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, key);
}

/** The header that says who asks, where it is not a cookie. */
export function credentials(): Record<string, string> {
  const key = heldKey();
  return key === null ? {} : { authorization: `Bearer ${key}` };
}
