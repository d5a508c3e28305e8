/** GraphQL over HTTP as the member who is signed in: by the session's cookie, renewed once where it has run out, or by an API key. */

import { credentials } from '../shared/key';
import { renew } from './lease';

export const GRAPHQL = new URL('/graphql', location.href).href;

/** `fetch` as whoever is signed in; by cookie, it tries again with a renewed session when the answer is 401. */
export async function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const key = credentials();
  const response = await fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...key } });
  if (response.status !== 401 || key['authorization']) return response;
  return (await renew().catch(() => null)) ? fetch(input, init) : response;
}

export interface Answer<Data> {
  status: number;
  data?: Data | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

/** Sends one operation past the cache. */
export async function post<Data>(query: string, variables: Record<string, unknown>, signal?: AbortSignal): Promise<Answer<Data>> {
  const response = await sessionFetch(GRAPHQL, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json;q=0.9' },
    body: JSON.stringify({ query, variables }),
    ...(signal ? { signal } : {}),
  });
  const body = (await response.json()) as Omit<Answer<Data>, 'status'>;
  return { status: response.status, ...body };
}
