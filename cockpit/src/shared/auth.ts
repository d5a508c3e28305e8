/**
 * Sign-in over HTTP: the calls to /auth that the pages share. A session is two HttpOnly cookies: one that lasts for minutes and says
 * who is signed in, and one that gets the next pair.
 */

export interface Member {
  email: string;
  name: string;
  role: string;
}

/** Why a call to /auth failed, in words that can be shown. */
export class AuthError extends Error {}

/**
 * How long an answer is waited for until it begins, in milliseconds. A renewal whose answer is lost is to be tried again while the token that it
 * replaced still holds, which is for half a minute.
 */
const PATIENCE = 15_000;

async function call(method: 'GET' | 'POST', path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(new AuthError('The server does not answer.')), PATIENCE);
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }),
      signal: waiting.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

function failed(what: string, response: Response): AuthError {
  return new AuthError(`${what} failed: the server answered ${response.status}.`);
}

/** A session: who is signed in, until when (RFC 3339), and how the plans here are made. */
export interface Session {
  member: Member;
  expiresAt: string;
  plans: {
    /** IANA name of the zone whose days the plans mean. */
    timeZone: string;
    /** Whose own completion is measured beside everybody's. */
    principal: string;
  };
}

/** The session; null when nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  const response = await call('GET', '/auth/session');
  if (response.status === 401) return renewSession();
  if (!response.ok) throw failed('Reading the session', response);
  return (await response.json()) as Session;
}

/** What a session would be for who holds an API key; null when the key is not valid, or no longer. */
export async function readSessionOfKey(key: string): Promise<Session | null> {
  // What a header cannot carry is no key.
  if (!/^[\x21-\x7e]+$/.test(key)) return null;
  // Not the address that the page has asked by cookie already: a browser would give that answer for this question too.
  const response = await call('GET', '/auth/session?by=key', undefined, { authorization: `Bearer ${key}` });
  if (response.status === 401) return null;
  if (!response.ok) throw failed('Reading the key', response);
  return (await response.json()) as Session;
}

/** A session that has been renewed. */
export interface Lease extends Session {
  /** Stands for the member on sockets that are open already. */
  token: string;
}

let renewal: Promise<Lease | null> | undefined;

/**
 * Makes the session go on; null when it cannot: it has ended, or there is none. Those who ask at once share one answer. Rejects
 * when the server cannot say.
 */
export function renewSession(): Promise<Lease | null> {
  renewal ??= call('POST', '/auth/refresh', {})
    .then(async (response) => {
      if (response.ok) return (await response.json()) as Lease;
      if (response.status === 401) return null;
      throw failed('Renewing the session', response);
    })
    .finally(() => (renewal = undefined));
  return renewal;
}

/** The ways to sign in; each is null where it is not on offer. */
export interface Methods {
  /** Issuer of the identity provider; signing in begins at `signInUrl()`. */
  provider: string | null;
  /** The members that anyone may sign in as. */
  demo: Member[] | null;
}

export async function readMethods(): Promise<Methods> {
  const response = await call('GET', '/auth/methods');
  if (!response.ok) throw failed('Reading the ways to sign in', response);
  return (await response.json()) as Methods;
}

/** Where signing in with the identity provider begins; it ends on this page. */
export function signInUrl(): string {
  return `/auth/login?${new URLSearchParams({ return_to: location.pathname + location.search })}`;
}

export async function signInAsDemo(email: string): Promise<void> {
  const response = await call('POST', '/auth/demo', { email });
  if (!response.ok) throw failed('Signing in', response);
}

export async function signOut(): Promise<void> {
  const response = await call('POST', '/auth/logout', {});
  // 401: the session was over already, which is what was asked for.
  if (!response.ok && response.status !== 401) throw failed('Signing out', response);
}
