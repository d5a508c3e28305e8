// Uses the explorer as an analyst does, in headless Chromium: sign in by a click, run every query of the examples, and every subscription
// until an event arrives.
//
//   node explorer.mjs http://127.0.0.1:PORT [FOLDER FOR SCREENSHOTS]
//
// CHROMIUM names the browser. Exits 1 with the reason when something is not as it should be.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { browse } from './browser.mjs';

/** The examples that watch: what each asks for. All tell of an action that is blocked. */
const WATCHED = { 'Watch events as they happen': 'events', 'Watch what gets blocked': 'actionBlocked' };

const [url, screenshots] = process.argv.slice(2);
await browse(explore);

async function explore(page) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) problems.push(`foreign request: ${request.url()}`);
  });
  page.on('console', (message) => {
    // Before sign-in the page asks who is there, and is told.
    if (message.type() === 'error' && !/status of 401/.test(message.text())) problems.push(`console: ${message.text()}`);
  });
  const frames = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(payload))));

  await page.goto(`${url}/graphiql`);
  await page.getByRole('button', { name: /Demo Admin/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();

  const menu = page.getByRole('button', { name: /Examples/ });
  await menu.click();
  const titles = await page.getByRole('menuitem').allInnerTexts();
  const groups = await page.getByRole('menu').getByRole('group').evaluateAll((all) => all.map((group) => group.getAttribute('aria-label')));
  if (screenshots) await page.screenshot({ path: join(screenshots, 'explorer-examples.png') });
  await page.keyboard.press('Escape');
  const topics = ['Weeks', 'Actions', 'Agents', 'Revenue', 'Funnel', 'Trends', 'Forecasts', 'Deliverables and albums', 'Warehouse views', 'Events', 'Changes'];
  assert.deepEqual(groups, topics);
  assert.ok(titles.length >= 2 * topics.length, `examples: ${titles}`);
  const examples = titles.map((text) => text.split('\n').map((part) => part.trim()));
  const figure = (value) => new Intl.NumberFormat('en-US').format(value);
  const told = page.locator('.explorer-cost');
  for (const title of examples.filter(([, kind]) => kind === 'query')) {
    await open(title[0]);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/graphql') && /"query":"#/.test(response.request().postData() ?? '')),
      run(),
    ]);
    const body = await answer.json();
    assert.equal(body.errors, undefined, `${title[0]}: ${JSON.stringify(body.errors)}`);
    const { requested, operationLimit } = body.extensions.cost;
    await told.getByText(`Cost ${figure(requested)} of ${figure(operationLimit)}`).waitFor();
    if (/Current week/.test(title[0])) {
      assert.equal(body.data.currentWeek.completionRate, '67.86');
      await page.locator('.result-window, .graphiql-response').getByText('67.86').first().waitFor();
      if (screenshots) await page.screenshot({ path: join(screenshots, 'explorer-query.png') });
    }
  }

  // An open action of this week is begun or blocked again and again until the subscription, which begins some time after the
  // acknowledgement, shows it.
  const code = await page.evaluate(async () => {
    const query = '{ currentWeek { actions(filter: { status: [IN_PROGRESS] }, first: 1) { nodes { code } } } }';
    const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
    return (await answer.json()).data.currentWeek.actions.nodes[0].code;
  });
  let round = 0;
  async function blockAgain() {
    round += 1;
    await page.evaluate(
      async ([code, reason]) => {
        const query = 'mutation($input: BlockActionInput!) { blockAction(input: $input) { action { status } } }';
        const variables = { input: { code, blockerDescription: reason } };
        const body = JSON.stringify({ query, variables });
        await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      },
      [code, `reason ${round}`],
    );
  }
  assert.deepEqual(examples.filter(([, kind]) => kind === 'subscription').map(([title]) => title), Object.keys(WATCHED));
  for (const [title, field] of Object.entries(WATCHED)) {
    await open(title);
    await run();
    // The first is told nothing before something is done; the others may still see what was done for the one before.
    await told.getByText(round === 0 ? 'Waiting for the first event' : /Waiting for the first event|of 2,000 an event/).waitFor();
    const events = () => frames.filter(({ type, payload }) => type === 'next' && payload.data[field]);
    const ofOurs = () => events().filter(({ payload }) => payload.data[field].action?.code === code);
    await until(async () => {
      await blockAgain();
      return ofOurs().length >= 2;
    }, `two events of ${title}`);
    const [first, ...others] = events();
    const { requested, operationLimit } = first.payload.extensions.cost;
    assert.ok(requested > 3 && operationLimit === 2000, JSON.stringify(first));
    assert.ok(others.every(({ payload }) => payload.extensions === undefined), 'it is told once');
    await told.getByText(`Cost ${figure(requested)} of 2,000 an event`).waitFor();
    // The window shows the newest event alone, and of the last round none may have come yet: it is the one to wait for.
    await page.locator('.result-window, .graphiql-response').getByText(`reason ${round}`).first().waitFor();
    if (screenshots) await page.screenshot({ path: join(screenshots, `explorer-${field}.png`) });
  }
  await page.getByRole('button', { name: /Stop query/ }).click();

  // The example of docs/api.md for pages that use no library, as it stands there.
  const documentation = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const [, example] = /A page needs no library[\s\S]*?```js\n([\s\S]*?)```/.exec(documentation);
  const said = [];
  page.on('console', (message) => message.type() === 'log' && said.push(message.text()));
  await page.evaluate(example);
  await until(async () => {
    await blockAgain();
    return said.some((text) => /ACTION_BLOCKED/.test(text));
  }, 'the event that the example tells of');
  assert.deepEqual(problems, []);

  async function open(title) {
    await menu.click();
    await page.getByRole('menuitem', { name: title }).click();
    await page.getByRole('menuitem').first().waitFor({ state: 'hidden' });
  }

  function run() {
    return page.getByRole('button', { name: /Execute query/ }).click();
  }

  async function until(condition, what) {
    const deadline = Date.now() + 15_000;
    while (!(await condition())) {
      assert.ok(Date.now() < deadline, `${what} did not come in time`);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }
}
