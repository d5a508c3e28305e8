/** Sign-in over HTTP: the calls to /auth that the pages share. The session itself is an HttpOnly cookie. */

export interface Member {
  email: string;
  name: string;
  role: string;
}

/** Why a call to /auth failed, in words that can be shown. */
export class AuthError extends Error {}

async function call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
  return fetch(path, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function failed(what: string, response: Response): AuthError {
  return new AuthError(`${what} failed: the server answered ${response.status}.`);
}

/** Who is signed in; null when nobody is. */
export async function readSession(): Promise<Member | null> {
  const response = await call('GET', '/auth/session');
  if (response.status === 401) return null;
  if (!response.ok) throw failed('Reading the session', response);
  const session = (await response.json()) as { member: Member };
  return session.member;
}

/** A session, and when it ends (RFC 3339). */
export interface Lease {
  expiresAt: string;
  /** Stands for the member on sockets that are open already. */
  token: string;
}

/** When the session ends; null when there is none. */
export async function readExpiry(): Promise<string | null> {
  const response = await call('GET', '/auth/session');
  if (!response.ok) return null;
  return ((await response.json()) as { expiresAt: string }).expiresAt;
}

/** Makes the session go on; null when it cannot: it has ended, or it is not a session of this kind. */
export async function renewSession(): Promise<Lease | null> {
  const response = await call('POST', '/auth/refresh', {});
  return response.ok ? ((await response.json()) as Lease) : null;
}

/** The members that anyone may sign in as; null when the server runs without demo sign-in. */
export async function readDemoMembers(): Promise<Member[] | null> {
  const response = await call('GET', '/auth/demo');
  if (response.status === 404) return null;
  if (!response.ok) throw failed('Reading the demo members', response);
  const demo = (await response.json()) as { members: Member[] };
  return demo.members;
}

export async function signInAsDemo(email: string): Promise<void> {
  const response = await call('POST', '/auth/demo', { email });
  if (!response.ok) throw failed('Signing in', response);
}

export async function signOut(): Promise<void> {
  const response = await call('POST', '/auth/logout');
  // 401: the session was over already, which is what was asked for.
  if (!response.ok && response.status !== 401) throw failed('Signing out', response);
}
