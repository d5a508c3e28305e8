// What each role is shown of the cockpit, and that nothing is asked that it may not ask: VIP, TEAM, and INVESTOR with the page of sums.
//
//   node cockpit-roles.mjs http://127.0.0.1:PORT
//
// CHROMIUM names the browser. Pictures are left in target/cockpit. Exits 1 with the reason when something is not as it should be.
import assert from 'node:assert/strict';
import { browse } from './browser.mjs';
import { accessible, anotherSession, DESK, fits, operations, PHONE, picture, region, signIn, watch } from './cockpit-tools.mjs';

const [url] = process.argv.slice(2);

for (const visit of [vip, team, investor]) {
  await browse(async (page) => {
    const problems = watch(page, url);
    const asked = operations(page);
    const refused = refusals(page);
    await visit(page, asked);
    assert.deepEqual(await refused(), [], 'nothing is asked that the role may not ask');
    assert.deepEqual(problems, []);
  });
}

await browse(async (page) => {
  const problems = watch(page, url);
  await investorWithKey(page);
  assert.deepEqual(problems, []);
});

/** An answer that came as the page was left is lost. */
function gone() {
  return {};
}

/** What the server has refused, when it is asked for. */
function refusals(page) {
  const answers = [];
  page.on('response', (response) => response.url().endsWith('/graphql') && /json/.test(response.headers()['content-type'] ?? '') && answers.push(response.json().catch(gone)));
  return async () => (await Promise.all(answers)).flatMap(({ errors = [] }) => errors.map(({ message }) => message));
}

/** VIPs read all of it and change nothing; the audit log is not theirs. */
async function vip(page, asked) {
  await signIn(page, url, /Demo VIP/);
  await region(page, 'Carried over').locator('.action-link').first().click();
  const panel = page.getByRole('dialog');
  await panel.getByText('Checked by').waitFor();
  assert.equal(await panel.getByRole('button', { name: /Complete|Block/ }).count(), 0);
  assert.equal(await panel.getByRole('region', { name: 'History' }).count(), 0);
  assert.ok(!asked.includes('ActionHistory'));
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Investor view' }).click();
  await page.getByRole('heading', { name: 'Investor view' }).waitFor();
  await page.getByText('5 of 21').waitFor();
  await page.getByRole('link', { name: 'Cockpit', exact: true }).click();
  await region(page, 'Revenue').waitFor();
}

/** The team sees its own, and is not told that there is more. */
async function team(page, asked) {
  await signIn(page, url, /Demo Team/);
  await region(page, 'Revenue').getByText('$3.6K').first().waitFor();
  await region(page, 'Full funnel').locator('[data-stage="TOP"]').waitFor();
  await region(page, 'Agent health').locator('.agent').first().waitFor();
  await region(page, 'Carried over').locator('.carried-action').first().waitFor();
  const owners = await region(page, 'Carried over').locator('.carried-owner').allInnerTexts();
  assert.ok(owners.length > 0 && owners.every((names) => names.includes('Andrew')), `${owners}`);
  await region(page, 'Deliverables completed').locator('.deliverable').first().waitFor();
  assert.equal(await page.getByText('Last 8 weeks').count(), 0);
  assert.equal(await page.getByText('album release').count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Investor view' }).count(), 0);
  for (const name of ['RevenueTrend', 'OverviewTrend', 'Albums']) assert.ok(!asked.includes(name), name);
  await accessible(page, 'team');
  await page.setViewportSize(PHONE);
  await fits(page, 'team on a phone');
  await page.goto(`${url}/investors`);
  await page.getByText('The investor view is for investors and VIPs.').waitFor();
  assert.ok(!asked.includes('Investors'));
}

/** Investors see sums, wherever they come in, and nothing else is asked for. */
async function investor(page, asked) {
  await signIn(page, url, /Demo Investor/);
  await page.getByRole('heading', { name: 'Investor view' }).waitFor();
  await region(page, 'Albums released').getByText('5 of 21').waitFor();
  assert.match(await region(page, 'Revenue of deliverables').innerText(), /\$\d+K[\s\S]*75% of the target, \$1\.17M/);
  assert.match(await region(page, 'Actions completed').innerText(), /\d+%[\s\S]*\d+ of 364/);
  assert.equal(await region(page, 'Revenue, last 8 weeks').getByRole('img', { name: /^Week of/ }).count(), 8);
  assert.equal(await region(page, 'Week by week').getByRole('row').count(), 9);
  const words = await page.locator('main').innerText();
  assert.doesNotMatch(words, /Jumio|Jesse|Andrew|[A-Z]+-W\d+/, 'no row of a plan');
  assert.deepEqual([...new Set(asked)], ['Investors']);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const [name, size] of [['desk', DESK], ['phone', PHONE]]) {
    await page.setViewportSize(size);
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await accessible(page, `investors, ${name}, ${colorScheme}`);
      await fits(page, `investors, ${name}`);
    }
    await picture(page, `${name}-investors`, { fullPage: true });
  }
}

/** A key opens the sums for as long as the tab lives and the key holds; it stands nowhere but in the tab's own storage. */
async function investorWithKey(page) {
  const admin = await anotherSession(url);
  const create = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }';
  const add = 'mutation { addMember(input: { email: "machine@demo.rpm", role: AGENT, owner: "Artifacts" }) { member { email } } }';
  await admin(add);
  const { createApiKey: machine } = await admin(create, { input: { member: 'machine@demo.rpm', name: 'the build host' } });
  const { createApiKey: key } = await admin(create, { input: { member: 'investor@demo.rpm', name: 'a fund' } });

  await page.clock.install();
  await page.goto(url);
  await page.getByRole('link', { name: 'Investors: sign in with a key' }).click();
  const field = page.getByLabel('Your access key');
  await accessible(page, 'sign-in with a key');
  await picture(page, 'sign-in-key');
  const open = async (secret) => {
    await field.fill(secret);
    await page.keyboard.press('Enter');
  };
  await open('rpm_key_that_is_none');
  await page.getByRole('alert').getByText('This key is not valid, or no longer.').waitFor();
  await open(machine.secret);
  await page.getByRole('alert').getByText('This key is not an investor’s').waitFor();
  await open(`  ${key.secret} `);
  const sums = region(page, 'Albums released').getByText('5 of 21');
  await sums.waitFor();
  await page.reload();
  await sums.waitFor();

  assert.equal(page.url(), `${url}/investors`);
  assert.deepEqual(await page.context().cookies(), []);
  assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes(key.secret));
  const other = await page.context().newPage();
  await other.goto(`${url}/investors`);
  await other.getByLabel('Your access key').waitFor();
  await other.close();

  // The key is taken away: the next question is the last.
  await admin('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { id: key.apiKey.id });
  await page.clock.fastForward(61_000);
  await page.getByText('Your key is not valid any more.').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);

  // Another, which is given back by signing out.
  const { createApiKey: last } = await admin(create, { input: { member: 'investor@demo.rpm', name: 'a fund' } });
  await open(last.secret);
  await sums.waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await field.waitFor();
  await page.reload();
  await field.waitFor();
}
