// An identity provider that lies (npm `oauth2-mock-server`): every way in which an ID token can be wrong is refused.
//
//   node tokens.mjs '{"port", "server", "client": {"id", "secret"}}'
//
// Prints `ready` when the provider runs; begins when there is a line on standard input; prints `done`, or exits 1 with the reason.
// The same provider stands in for Firebase, project `demo`.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { SignJWT, importJWK } from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import { Browser } from './browser-jar.mjs';

const { port, server, client } = JSON.parse(process.argv[2]);
const provider = new OAuth2Server();
const key = await provider.issuer.keys.generate('RS256', { kid: 'first' });
await provider.start(port, 'localhost');
console.log('ready');
await once(process.stdin, 'data');

const now = () => Math.floor(Date.now() / 1000);
const good = { sub: 'jesse', aud: client.id, email: 'admin@test.rpm', email_verified: true };
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Another ID token in place of the one that the provider made, out of its claims. */
let replace = (token) => token;
provider.service.on('beforeTokenSigning', ({ payload }) => Object.assign(payload, good));
provider.service.on('beforeResponse', ({ body }) => {
  const [, payload] = body.id_token.split('.');
  body.id_token = replace(body.id_token, JSON.parse(Buffer.from(payload, 'base64url')));
});

/** Signing is asynchronous and the event is not: the claims that the next answer needs are known before it. */
const sign = async (claims, jwk = key, header = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT', ...header }).sign(await importJWK(jwk, 'RS256'));

/** Signs in with the claims of an ID token changed; null removes one. */
async function signIn(change = {}, make = sign) {
  const browser = new Browser();
  const begun = await browser.request(`${server}/auth/login`);
  assert.equal(begun.status, 303, await begun.text());
  const location = new URL(begun.headers.get('location'));
  const claims = { iss: provider.issuer.url, nonce: location.searchParams.get('nonce'), iat: now(), exp: now() + 600, ...good, ...change };
  for (const name of Object.keys(claims)) if (claims[name] === null) delete claims[name];
  const token = await make(claims);
  replace = () => token;
  const back = await browser.request(location.href);
  const response = await browser.request(back.headers.get('location'));
  await response.text();
  return response.status;
}

assert.equal(await signIn(), 303);

for (const [what, change] of Object.entries({
  'another issuer': { iss: 'https://accounts.example' },
  'no issuer': { iss: null },
  'another audience': { aud: 'somebody-else' },
  'a second audience that we do not know': { aud: [client.id, 'somebody-else'], azp: client.id },
  'another nonce': { nonce: 'another' },
  'no nonce': { nonce: null },
  expired: { iat: now() - 7200, exp: now() - 3600 },
  'without an end': { exp: null },
  'of the future': { iat: now() + 3600, exp: now() + 7200 },
  'an e-mail that is not verified': { email_verified: false },
  'verified by a word': { email_verified: 'false' },
  'nothing said about the e-mail': { email_verified: null },
  'an e-mail of nobody we know': { email: 'stranger@test.rpm' },
})) {
  assert.equal(await signIn(change), 403, what);
}

const publicPem = createPublicKey({ key: provider.issuer.keys.toJSON()[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const hmac = (secret) => (claims) => {
  const text = `${part({ alg: 'HS256', kid: 'first', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const stolen = { ...(await new OAuth2Server().issuer.keys.generate('RS256')), kid: 'first' };
for (const [what, make] of Object.entries({
  'alg none': (claims) => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`,
  'signed with the public key as a secret': hmac(publicPem),
  'signed with the client secret': hmac(client.secret),
  'signed with a key of the same name': (claims) => sign(claims, stolen),
  'signed with a key that nobody knows': (claims) => sign(claims, { ...stolen, kid: 'unknown' }),
  'changed after it was signed': async (claims) => {
    const [head, , signature] = (await sign({ ...claims, email: 'stranger@test.rpm' })).split('.');
    return `${head}.${part(claims)}.${signature}`;
  },
  'no token at all': () => 'nonsense',
})) {
  assert.equal(await signIn({}, make), 403, what);
}

// Keys come and go: a new one counts from its first token on, one that was replaced counts no longer.
const second = await provider.issuer.keys.generate('RS256', { kid: 'second' });
assert.equal(await signIn({}, (claims) => sign(claims, second)), 303, 'a new key');
const replacement = await provider.issuer.keys.generate('RS256', { kid: 'first' });
assert.equal(await signIn({}, (claims) => sign(claims, replacement)), 303, 'a key in place of another');
assert.equal(await signIn({}, (claims) => sign(claims, key)), 403, 'a key that was replaced');

// Firebase: the page got the token by itself.
const browser = new Browser();
async function firebase(change = {}, make = (claims) => sign(claims, second)) {
  const claims = { ...good, iss: `${provider.issuer.url}/demo`, aud: 'demo', iat: now(), exp: now() + 600, ...change };
  const body = JSON.stringify({ idToken: await make(claims) });
  return browser.request(`${server}/auth/firebase`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
}
const let_in = await firebase();
assert.equal(let_in.status, 200, await let_in.clone().text());
assert.equal((await let_in.json()).member.email, 'admin@test.rpm');
for (const change of [
  { iss: provider.issuer.url },
  { aud: client.id },
  { exp: now() - 3600 },
  { iat: now() + 3600 },
  { email_verified: false },
  { email: 'stranger@test.rpm' },
]) {
  assert.equal((await firebase(change)).status, 403, JSON.stringify(change));
}
// What a stranger sends is refused and recorded, whatever its size and characters.
for (const aud of ['x'.repeat(500_000), 'nul \u0000 and \u001b', 'ü'.repeat(1000)]) assert.equal((await firebase({ aud })).status, 403, aud.slice(0, 20));
// What the Firebase Auth emulator gives out.
assert.equal((await firebase({}, (claims) => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`)).status, 403);

console.log('done');
process.exit(0);
