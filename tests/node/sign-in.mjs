// Signs in with a certified identity provider (npm `oidc-provider`), as a person does, and tries what should not work.
//
//   node sign-in.mjs '{"port", "server", "client": {"id", "secret"}}'
//
// Prints `ready` when the provider runs; begins when there is a line on standard input; prints `done`, or exits 1 with the reason.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Provider } from 'oidc-provider';
import { Browser } from './browser-jar.mjs';

const { port, server, client } = JSON.parse(process.argv[2]);
const issuer = `http://localhost:${port}`;
// Standard output is for what the test waits for.
console.info = console.error;

/** `unverified:` and `nomail:` before an address say what the provider knows of it. */
function claims(login) {
  const [, kind, email] = /^(unverified:|nomail:)?(.*)$/.exec(login);
  if (kind === 'nomail:') return { sub: login };
  return { sub: login, email, email_verified: kind !== 'unverified:' };
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [`${server}/auth/callback`],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  findAccount: (_, login) => ({ accountId: login, claims: () => claims(login) }),
  pkce: { required: () => true },
  cookies: { keys: ['for tests'] },
  features: { devInteractions: { enabled: true } },
});
const http = provider.listen(port, 'localhost');
await once(http, 'listening');
console.log('ready');
await once(process.stdin, 'data');

const fill = (login) => (prompt) => (prompt === 'login' ? { prompt, login, password: 'any' } : { prompt });
const isCallback = (url) => url.href.startsWith(`${server}/auth/callback`);

/** From the login up to the callback, which is not visited. */
async function upToCallback(login, path = '/auth/login', browser = new Browser()) {
  const { url, response } = await browser.visit(server + path, { fill: fill(login), until: isCallback });
  assert.ok(isCallback(new URL(url)), `${url}: ${response?.status} ${await response?.text()}`);
  return { browser, callback: url };
}

async function signIn(login, path) {
  const { browser, callback } = await upToCallback(login, path);
  return { browser, callback, response: await browser.request(callback) };
}

async function refused({ response, browser }, text = 'This account may not sign in here.') {
  const body = await response.text();
  assert.equal(response.status, 403, body);
  assert.match(body, new RegExp(text));
  assert.equal(browser.cookie(server, 'rpm_session'), undefined);
}

// A member gets in, and to where the sign-in was begun for.
const member = await signIn('Admin@test.rpm', '/auth/login?return_to=/graphiql%3Fa=b');
assert.equal(member.response.status, 303, await member.response.text());
assert.equal(member.response.headers.get('location'), '/graphiql?a=b');
const session = await member.browser.request(`${server}/auth/session`);
assert.deepEqual((await session.json()).member, { email: 'admin@test.rpm', name: 'admin@test.rpm', role: 'ADMIN' });
assert.equal([...member.browser.jar.get(new URL(server).host).keys()].sort().join(), 'rpm_refresh,rpm_session');
// The page it was begun for is of this server, whatever is asked.
const elsewhere = await signIn('admin@test.rpm', '/auth/login?return_to=//evil.example');
assert.equal(elsewhere.response.headers.get('location'), '/');

// Nobody is told who is on the list, and who is not verified or has no address is not on it.
await refused(await signIn('stranger@test.rpm'));
await refused(await signIn('unverified:admin@test.rpm'));
await refused(await signIn('nomail:admin@test.rpm'));
await refused(await signIn('revoked@test.rpm'));

// The callback counts once, in the browser that began, with the state that it began with.
await refused({ ...member, browser: new Browser(), response: await new Browser().request(member.callback) }, 'not begun in this browser');
const again = await member.browser.request(member.callback);
assert.equal(again.status, 403, 'a replayed callback');
const replayed = await upToCallback('admin@test.rpm');
const kept = structuredClone([...replayed.browser.jar.entries()]);
assert.equal((await replayed.browser.request(replayed.callback)).status, 303);
const thief = new Browser();
thief.jar = new Map(kept);
await refused({ browser: thief, response: await thief.request(replayed.callback) });
const stateless = await upToCallback('admin@test.rpm');
const other = new URL(stateless.callback);
const its = other.searchParams.get('state');
other.searchParams.set('state', its.slice(0, -1) + (its.endsWith('A') ? 'Q' : 'A'));
await refused({ ...stateless, response: await stateless.browser.request(other.href) }, '');
const swapped = await upToCallback('admin@test.rpm');
const mine = await upToCallback('stranger@test.rpm');
const mixed = new URL(swapped.callback);
mixed.searchParams.set('code', new URL(mine.callback).searchParams.get('code'));
await refused({ ...swapped, response: await swapped.browser.request(mixed.href) });
const made = await upToCallback('admin@test.rpm');
const bad = new URL(made.callback);
bad.searchParams.set('code', 'made-up');
await refused({ ...made, response: await made.browser.request(bad.href) });

// Two tabs of one browser may be at it at once.
const tabs = new Browser();
const first = await upToCallback('admin@test.rpm', '/auth/login?return_to=/one', tabs);
const second = await upToCallback('admin@test.rpm', '/auth/login?return_to=/two', tabs);
for (const [{ callback }, path] of [[first, '/one'], [second, '/two']]) {
  const response = await tabs.request(callback);
  assert.deepEqual([response.status, response.headers.get('location')], [303, path]);
}

// Who says no at the provider comes back without a code.
const declined = new Browser();
const begun = await declined.request(`${server}/auth/login`);
const state = new URL(begun.headers.get('location')).searchParams.get('state');
await refused({ browser: declined, response: await declined.request(`${server}/auth/callback?error=access_denied&state=${state}`) });

console.log('done');
process.exit(0);
