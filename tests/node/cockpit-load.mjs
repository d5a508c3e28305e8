// How the cockpit begins, in headless Chromium: what it takes until the week is shown, and that no section waits for another; and that
// a list which events make short is filled again.
//
//   node cockpit-load.mjs http://127.0.0.1:PORT
//
// CHROMIUM names the browser. Exits 1 with the reason when something is not as it should be.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { browse } from './browser.mjs';
import { anotherSession, region, signIn, until, watch } from './cockpit-tools.mjs';

const [url] = process.argv.slice(2);
/** What the sections ask; one request each, all at once. */
const SECTIONS = ['Agents', 'AgentHistories', 'Albums', 'CarriedOver', 'DeliverableCounts', 'Deliverables', 'Feed', 'FeedOwners', 'Forecast', 'Funnel', 'Neighbours', 'OverviewTrend', 'Revenue', 'RevenueTrend'];

await browse(async (page) => {
  const problems = watch(page, url);
  await signIn(page, url, /Demo Admin/);
  await beginning(page);
  await refilling(page, await anotherSession(url));
  assert.deepEqual(problems, []);
});

/** Two answers after the scripts and styles, one of which came while these were loading, and the week is there: the others are held back. */
async function beginning(page) {
  // What the page before has asked is over.
  await page.goto('about:blank');
  const answers = [];
  const held = [];
  page.on('response', (response) => answers.push(response));
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    const { operationName } = route.request().postDataJSON();
    if (operationName !== 'Start') {
      held.push(operationName);
      await released;
    }
    await route.continue();
  });
  await page.goto(url);
  const overview = region(page, 'Week overview');
  await overview.getByText('complete · 19 of 28 actions').waitFor();
  await overview.locator('.stat', { hasText: 'Jesse’s completion' }).getByText('6 of 8').waitFor();
  assert.match(await overview.locator('.stat', { hasText: 'Velocity' }).innerText(), /\d\s*actions\/day/);
  assert.equal(await overview.getByRole('listitem').count(), 6);
  const paths = answers.map((response) => new URL(response.url()).pathname);
  assert.deepEqual(paths.filter((path) => !path.startsWith('/assets/')).sort(), ['/', '/auth/session', '/graphql']);
  const sizes = await Promise.all(answers.map(async (response) => gzipSync(await response.body()).length));
  const size = sizes.reduce((sum, each) => sum + each, 0);
  console.log(`${answers.length} answers of ${Math.round(size / 1000)} kB, compressed, until the week is shown`);
  assert.ok(size < 200_000, `${size} bytes`);

  await until(() => held.length >= SECTIONS.length, 'what every section asks', page);
  assert.deepEqual(held.toSorted(), SECTIONS.toSorted());
  release();
  for (const name of ['Revenue', 'Full funnel', 'Live action feed', 'Agent health', 'Carried over', 'Deliverables completed']) {
    await until(async () => (await region(page, name).getByText('Loading…').count()) === 0, `all of ${name}`, page);
  }
  assert.deepEqual(held.toSorted(), SECTIONS.toSorted(), 'nothing is asked a second time, or because of an answer');
  await page.unroute('**/graphql');
}

/** More actions are in progress than the fifty that a page holds; forty of these are completed by somebody else. */
async function refilling(page, colleague) {
  const { currentWeek } = await colleague('{ currentWeek { id actions(filter: { status: [IN_PROGRESS] }) { totalCount } results(first: 1) { nodes { id } } } }');
  const codes = Array.from({ length: 60 }, (_, at) => `OPS-MANY-${String(at).padStart(3, '0')}`);
  const total = codes.length + currentWeek.actions.totalCount;
  const resultId = currentWeek.results.nodes[0].id;
  await each(codes, (code) => [`createAction(input: { code: "${code}", resultId: "${resultId}", text: "One of many" })`, `startAction(input: { code: "${code}" })`]);
  await page.reload();
  const list = region(page, 'Live action feed').getByRole('region', { name: 'In progress', exact: true });
  const count = list.locator('.feed-count');
  await until(async () => (await count.innerText()) === `${total}`, 'all of them', page);
  await list.getByRole('button', { name: 'Show all 50' }).click();
  await list.getByText(`and ${total - 50} more`).waitFor();

  const open = 'query ($week: ID!) { actions(filter: { weekId: $week, status: [IN_PROGRESS] }, orderBy: { field: DUE_DATE, direction: ASC }, first: 40) { nodes { code } } }';
  const { actions } = await colleague(open, { week: currentWeek.id });
  await each(actions.nodes.map(({ code }) => code), (code) => [`completeAction(input: { code: "${code}" })`]);
  await until(async () => (await count.innerText()) === `${total - 40}` && (await list.locator('.action').count()) === total - 40, 'the rows from behind the page', page);

  /** Does the same to many actions, some at a time. */
  async function each(all, fields) {
    for (let at = 0; at < all.length; at += 20) {
      const body = all.slice(at, at + 20).flatMap(fields).map((field, index) => `m${index}: ${field} { action { id } }`);
      await colleague(`mutation { ${body.join(' ')} }`);
    }
  }
}
