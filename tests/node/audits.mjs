// The audits of GraphQL over HTTP (npm `graphql-http`): every MUST and SHOULD passes; what of MAY does not is listed here.
//
//   node audits.mjs '{"url", "token"}'
import assert from 'node:assert/strict';
import { auditServer } from 'graphql-http';

const { url, token } = JSON.parse(process.argv[2]);
const fetchFn = (target, init = {}) => fetch(target, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

/** The audits of MAY that do not pass, each with the reason. */
const DECLINED = {};

const results = await auditServer({ url, fetchFn });
const failed = results.filter(({ status }) => status !== 'ok');
for (const { name, reason, status } of failed) console.log(`${status}: ${name}: ${reason}`);
assert.ok(results.length >= 60, `${results.length} audits`);
assert.deepEqual(failed.map(({ name }) => name).filter((name) => !(name in DECLINED)), []);
for (const name of Object.keys(DECLINED)) assert.match(name, /^MAY /, name);
console.log(`${results.length - failed.length} of ${results.length} audits`);
