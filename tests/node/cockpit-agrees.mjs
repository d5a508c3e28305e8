// What a page shows that has been open through many changes is what a page shows that is opened afterwards, in headless Chromium.
//
//   node cockpit-agrees.mjs http://127.0.0.1:PORT [SEED]
//
// CHROMIUM names the browser. Exits 1 with the difference and the seed when there is one.
import assert from 'node:assert/strict';
import { browse } from './browser.mjs';
import { anotherSession, signIn, until, watch } from './cockpit-tools.mjs';

const [url, seed = String(Date.now())] = process.argv.slice(2);
const CHANGES = 60;

/** What may be done to an action in each state. */
const POSSIBLE = {
  PENDING: ['start', 'complete', 'block', 'cancel'],
  IN_PROGRESS: ['complete', 'block', 'cancel'],
  BLOCKED: ['unblock', 'block', 'cancel'],
  COMPLETED: ['reopen'],
  CANCELLED: ['reopen'],
};

await browse(async (page) => {
  const problems = watch(page, url);
  await signIn(page, url, /Demo Admin/);
  await page.getByRole('region', { name: 'Live action feed' }).locator('.action').first().waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const colleague = await anotherSession(url);
  const { currentWeek } = await colleague('{ currentWeek { actions(first: 100) { nodes { id status } } } }');
  const rows = currentWeek.actions.nodes;
  const random = generator(Number(seed));
  for (let change = 0; change < CHANGES; change += 1) {
    const row = rows[random(rows.length)];
    const verb = POSSIBLE[row.status][random(POSSIBLE[row.status].length)];
    const input = { id: row.id, ...(verb === 'block' ? { blockerDescription: `Reason ${change}` } : {}), ...(verb === 'cancel' ? { reason: `Reason ${change}` } : {}) };
    const name = `${verb[0].toUpperCase()}${verb.slice(1)}ActionInput`;
    const answer = await colleague(`mutation ($input: ${name}!) { change: ${verb}Action(input: $input) { action { status } } }`, { input });
    row.status = answer.change.action.status;
  }
  const fresh = await page.context().newPage();
  await fresh.goto(url);
  await fresh.getByRole('region', { name: 'Live action feed' }).locator('.action').first().waitFor();
  let seen;
  const agree = async () => {
    seen = [await shown(page), await shown(fresh)];
    return JSON.stringify(seen[0]) === JSON.stringify(seen[1]);
  };
  await until(agree, 'agreement', page).catch(() => assert.deepEqual(seen[0], seen[1], `seed ${seed}`));
  assert.deepEqual(problems, []);
});

/** Figures, results, and the rows of each list in their order. */
function shown(page) {
  return page.evaluate(() => ({
    overview: document.querySelector('#overview').innerText.split('\n'),
    feed: [...document.querySelectorAll('.feed-list')].map((list) => [
      list.querySelector('h3').innerText,
      ...[...list.querySelectorAll('.action')].map((action) => `${action.dataset.code} ${action.dataset.status}`),
    ]),
  }));
}

/** Mulberry32: small, and the same everywhere. Gives whole numbers below a bound. */
function generator(state) {
  let at = state >>> 0;
  return (bound) => {
    at = (at + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(at ^ (at >>> 15), at | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}
