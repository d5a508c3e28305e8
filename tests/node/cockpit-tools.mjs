// What the cockpit's programs share: a page that reports what goes wrong on it, a second session, pictures, and axe.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Pictures go where nothing is committed. */
const PICTURES = new URL('../../target/cockpit/', import.meta.url).pathname;

/** Collects what no page of ours may do: errors, and requests to other hosts. `allowed` are errors that the program provokes. */
export function watch(page, url, allowed = []) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) problems.push(`foreign request: ${request.url()}`);
  });
  page.on('console', (message) => {
    // Before sign-in the page asks who is there, and is told.
    const isExpected = /status of 401/.test(message.text()) || allowed.some((pattern) => pattern.test(message.text()));
    if (message.type() === 'error' && !isExpected) problems.push(`console: ${message.text()}`);
  });
  return problems;
}

/** Signs in by a click and waits for the week. */
export async function signIn(page, url, name, path = '/') {
  await page.goto(url + path);
  await page.getByRole('button', { name }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Another session of the demo's admin, without a browser. */
export async function anotherSession(url) {
  const begun = await fetch(`${url}/auth/demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@demo.rpm' }),
  });
  const { token } = await begun.json();
  return async (query, variables = {}) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const body = await answer.json();
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };
}

export const BLOCK = 'mutation ($input: BlockActionInput!) { blockAction(input: $input) { action { status } } }';
export const COMPLETE = 'mutation ($input: CompleteActionInput!) { completeAction(input: $input) { action { status } } }';

/** Waits for something that the page itself does not tell of. */
export async function until(condition, what, page, within = 15_000) {
  const deadline = Date.now() + within;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `${what} did not come in time`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

export async function picture(page, name, options = {}) {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled', ...options });
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The page is usable with a keyboard and a screen reader, as far as axe can tell. */
export async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const lines = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`);
  assert.deepEqual(lines, [], `${what}: ${lines.join('\n')}`);
}

/** Nothing is wider than the screen. */
export async function fits(page, what) {
  const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }));
  assert.ok(scrollWidth <= innerWidth, `${what}: ${scrollWidth} px wide on a screen of ${innerWidth}`);
}

/** The names of the operations that the page has sent. */
export function operations(page) {
  const names = [];
  page.on('request', (request) => request.url().endsWith('/graphql') && request.method() === 'POST' && names.push(request.postDataJSON()?.operationName));
  return names;
}

/** A section by its heading. */
export function region(page, name) {
  return page.getByRole('region', { name, exact: true });
}
