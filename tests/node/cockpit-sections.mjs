// Reads the cockpit's sections of the demo in headless Chromium: revenue, agents, funnel, deliverables, carry-over, the way from week to
// week, and everything about one action; on a desk and on a phone.
//
//   node cockpit-sections.mjs http://127.0.0.1:PORT
//
// CHROMIUM names the browser. Pictures are left in target/cockpit. Exits 1 with the reason when something is not as it should be.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { browse } from './browser.mjs';
import { accessible, anotherSession, COMPLETE, DESK, fits, operations, PHONE, picture, region, signIn, until, watch } from './cockpit-tools.mjs';

const [url] = process.argv.slice(2);
const SECTIONS = ['revenue', 'funnel', 'agents', 'carried', 'deliverables'];

await browse(async (page) => {
  const problems = watch(page, url, [/net::ERR_FAILED/]);
  const asked = operations(page);
  const loaded = assets(page);
  await signIn(page, url, /Demo Admin/);
  await budget(await loaded());
  const colleague = await anotherSession(url);

  await revenue(page, colleague);
  await agents(page, colleague, asked);
  await deliverables(page);
  await funnel(page, colleague);
  await everySize(page);
  await weeks(page);
  await carried(page, colleague);
  await finding(page);
  await states(page);
  assert.deepEqual(problems, []);
});

/** The scripts and styles that the page has loaded, by name, when they are asked for. */
function assets(page) {
  const files = [];
  page.on('response', (response) => response.status() === 200 && /\.(js|css)$/.test(new URL(response.url()).pathname) && files.push(response.body().then((body) => [response.url(), body])));
  return async () => Promise.all(files);
}

/** All that the cockpit is made of, compressed, is less than 200 KB. */
async function budget(files) {
  const size = files.reduce((sum, [, body]) => sum + gzipSync(body).length, 0);
  console.log(`the cockpit is ${Math.round(size / 1000)} kB, compressed, in ${files.length} files`);
  assert.ok(files.length > 1 && size < 200_000, `${size} bytes`);
}

/** Section 3: the figures of the specification, and a change of them. */
async function revenue(page, colleague) {
  const section = region(page, 'Revenue');
  await section.getByText('$98K').first().waitFor();
  await section.getByText('Target $125K–175K').waitFor();
  await section.getByText('65% of target').waitFor();
  await section.getByRole('img', { name: '$98K earned, 65% of $125K–175K' }).waitFor();
  assert.match(await section.locator('.revenue-results li').first().innerText(), /R1[\s\S]*\$60K \/ \$80K[\s\S]*75%/);
  const top = section.locator('.revenue-top li');
  assert.equal(await top.count(), 5);
  assert.match(await top.first().innerText(), /Jumio Integration[\s\S]*Code[\s\S]*\$60K/);
  const columns = section.getByRole('button', { name: /^Week of/ });
  assert.equal(await columns.count(), 8);
  assert.match(await columns.last().getAttribute('aria-label'), /\$98K of \$125K–175K, 65%/);

  const { currentWeek } = await colleague('{ currentWeek { id } }');
  const { deliverables } = await colleague('query ($week: ID!) { deliverables(filter: { weekId: $week }, first: 50) { nodes { id title } } }', { week: currentWeek.id });
  const jumio = deliverables.nodes.find(({ title }) => title === 'Jumio Integration');
  const record = 'mutation ($input: RecordRevenueInput!) { recordRevenue(input: $input) { deliverable { id } } }';
  await colleague(record, { input: { deliverableId: jumio.id, revenueActual: '75000.00' } });
  await section.getByText('$113K').first().waitFor();
  await colleague(record, { input: { deliverableId: jumio.id, revenueActual: '60000.00' } });
  await section.getByText('$98K').first().waitFor();
}

/** Section 4: the colour bands, what agents do, and what went wrong, on demand. */
async function agents(page, colleague, asked) {
  const section = region(page, 'Agent health');
  const card = (name) => section.locator(`[data-agent="${name}"]`);
  const scores = { Artifacts: 'Health 98 of 100: Excellent', QA: 'Health 95 of 100: Excellent', Planning: 'Health 92 of 100: Excellent', Research: 'Health 78 of 100: Good', ExecMon: 'Health 96 of 100: Excellent' };
  for (const [name, label] of Object.entries(scores)) await card(name).getByRole('img', { name: label }).waitFor();
  await card('Artifacts').getByText('Active').waitFor();
  assert.match(await card('Artifacts').locator('.agent-action').innerText(), /^[A-Z]+-W\d+-\w+\s+\w/);
  assert.match(await card('Artifacts').getByRole('img', { name: /Health of the last 7 days/ }).getAttribute('aria-label'), /(\w{3} \d+ \d+(, )?){7}/);
  assert.deepEqual((await section.getByRole('list', { name: /colours/ }).innerText()).split('\n'), ['Excellent 90–100', 'Good 70–89', 'Fair 50–69', 'Critical 0–49']);

  const heard = card('QA').locator('.agent-heard');
  const before = await heard.innerText();
  await until(async () => (await heard.innerText()) !== before, 'the time since the heartbeat, which goes on', page);

  assert.ok(!asked.includes('AgentErrors'), 'errors are not read before they are wanted');
  const more = card('Research').getByRole('button', { name: 'Research: errors and the last 7 days' });
  await more.click();
  await card('Research').getByText('No error is on record.').waitFor();
  assert.equal(await card('Research').getByRole('row').count(), 8);
  const beat = 'mutation ($input: RecordHeartbeatInput!) { recordHeartbeat(input: $input) { agent { id } } }';
  await colleague(beat, { input: { agent: 'Research', status: 'ERROR', healthScore: 41, error: 'The search provider does not answer' } });
  await card('Research').getByRole('img', { name: 'Health 41 of 100: Critical' }).waitFor();
  await card('Research').getByText('The search provider does not answer').waitFor();
  await picture(page, 'agents-error', { fullPage: true });
  await colleague(beat, { input: { agent: 'Research', status: 'IDLE', healthScore: 65 } });
  await card('Research').getByRole('img', { name: 'Health 65 of 100: Fair' }).waitFor();
  await more.click();
  await card('Research').getByRole('table').waitFor({ state: 'hidden' });
}

/** Section 5: cards, their links and what is known of them; the albums. */
async function deliverables(page) {
  const section = region(page, 'Deliverables completed');
  const kinds = section.getByRole('group', { name: 'Kinds of deliverables' });
  const count = async (name) => Number(/\d+/.exec(await kinds.getByRole('button', { name }).innerText()));
  await kinds.getByRole('button', { name: /[1-9]\d* Songs/ }).waitFor();
  const parts = await Promise.all(['Song', 'Code', 'Document', 'Video', 'Album'].map((name) => count(new RegExp(name))));
  assert.equal(await count(/All/), parts.reduce((sum, part) => sum + part));

  const single = section.locator('.deliverable', { hasText: /^Jesse's Judicial Victory/ });
  const text = await single.innerText();
  for (const part of ['Country', '78 BPM', 'D Major', '3:42', '$1.2K of $2K', '60%']) assert.ok(text.includes(part), `${part}: ${text}`);
  assert.match(text, /Released \w{3} \d+/);
  for (const place of ['Suno', 'Spotify', 'YouTube']) {
    const link = single.getByRole('link', { name: new RegExp(`^${place}`) });
    assert.match(await link.getAttribute('href'), /^https:/);
    assert.match(await link.getAttribute('rel'), /noopener/);
  }
  const code = section.locator('.deliverable[data-type="CODE"]').first();
  assert.match(await code.innerText(), /commit [0-9a-f]{10}/);
  await code.getByRole('link', { name: /^GitHub/ }).waitFor();
  // This server has no lake.
  await single.getByRole('button', { name: /^File/ }).click();
  await single.getByText('Not in the data lake').waitFor();

  await kinds.getByRole('button', { name: /Songs/ }).click();
  await until(async () => (await section.locator('.deliverable:not([data-type="SONG"])').count()) === 0, 'songs alone', page);
  assert.equal(await section.locator('.deliverable').count(), await count(/Songs/));
  await kinds.getByRole('button', { name: /All/ }).click();
  await code.waitFor();

  const albums = section.getByRole('region', { name: /21 album release/ });
  await albums.getByText('5 of 21 released, 21 begun').waitFor();
  assert.equal(await albums.locator('.album-tile').count(), 21);
  assert.equal(await albums.locator('.album-tile[data-released="true"]').count(), 5);
  await albums.getByRole('button', { name: 'All albums' }).click();
  assert.equal(await albums.getByRole('row').count(), 22);
  await albums.getByRole('button', { name: 'Fewer albums' }).click();
}

/** Section 6: the diagram, the bottleneck and the advice; and that it moves. */
async function funnel(page, colleague) {
  const section = region(page, 'Full funnel');
  await section.getByText('68% through the funnel').waitFor();
  const stage = (name) => section.locator(`[data-stage="${name}"]`);
  const { funnelVelocity } = await colleague('{ funnelVelocity { bottleneck recommendation stages { stage entered completed open averageDays } } }');
  const meanings = { TOP: /Top[\s\S]*Ideation/, MIDDLE: /Middle[\s\S]*Execution/, BOTTOM: /Bottom[\s\S]*Completion/ };
  assert.equal(funnelVelocity.stages.reduce((sum, { entered }) => sum + entered, 0), 28);
  for (const { stage: name, entered, completed, open, averageDays } of funnelVelocity.stages) {
    const text = await stage(name).innerText();
    assert.match(text, meanings[name]);
    for (const part of [`${entered} actions`, `${completed} done`, `${open} open`]) assert.ok(text.includes(part), `${part}: ${text}`);
    assert.match(text, averageDays === null ? /no pace yet/ : /\d days/);
  }
  assert.equal(await stage(funnelVelocity.bottleneck).getAttribute('data-bottleneck'), 'true');
  assert.equal(await section.locator('[data-bottleneck="true"]').count(), 1);
  await section.getByText(new RegExp(`Bottleneck: ${funnelVelocity.bottleneck} funnel`, 'i')).waitFor();
  await section.getByText(funnelVelocity.recommendation).waitFor();

  const { currentWeek } = await colleague('{ currentWeek { actions(filter: { status: [IN_PROGRESS] }, first: 1) { nodes { code funnelStage } } } }');
  const [{ code, funnelStage }] = currentWeek.actions.nodes;
  const { completed } = funnelVelocity.stages.find((each) => each.stage === funnelStage);
  await colleague(COMPLETE, { input: { code } });
  await section.getByText('71% through the funnel').waitFor();
  await stage(funnelStage).getByText(`${completed + 1} done`).waitFor();
  await colleague('mutation ($input: ReopenActionInput!) { reopenAction(input: $input) { action { id } } }', { input: { code } });
  await section.getByText('68% through the funnel').waitFor();
}

async function everySize(page) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const [name, size] of [['desk', DESK], ['phone', PHONE], ['wide', { width: 2560, height: 1440 }]]) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await accessible(page, `${name}, ${colorScheme}`);
      await fits(page, name);
    }
    for (const id of SECTIONS) await picture(page.locator(`#${id}`), `${name}-${id}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
}

/** One week back, one forth, any of the list, and back to the one we are in. */
async function weeks(page) {
  const title = () => page.getByRole('heading', { level: 1 }).innerText();
  const nav = page.getByRole('navigation', { name: 'Weeks' });
  const now = await title();
  assert.ok(await nav.getByRole('button', { name: /^Next week: there is none/ }).isDisabled());
  await nav.getByRole('button', { name: /^Previous week/ }).click();
  await until(async () => (await title()) !== now, 'the week before', page);
  const before = await title();
  await page.waitForURL((url) => /^\d{4}-\d\d-\d\d$/.test(url.searchParams.get('week') ?? ''));
  await region(page, 'Revenue').getByText(/^earned$/).waitFor();
  await region(page, 'Deliverables completed').getByText('Of this week').waitFor();
  await nav.getByRole('button', { name: /^Next week, of/ }).click();
  await until(async () => (await title()) === now, 'the week after', page);
  await page.goBack();
  await until(async () => (await title()) === before, 'the week before, by the browser’s own way back', page);

  // The list, by the keyboard.
  await nav.getByRole('button', { name: 'All weeks' }).focus();
  await page.keyboard.press('Enter');
  const list = page.getByRole('dialog', { name: 'Weeks' });
  await list.getByRole('button', { name: /RPM-/ }).first().waitFor();
  assert.equal(await list.getByRole('listitem').count(), 13);
  assert.equal(await list.locator('[aria-current="date"]').count(), 1);
  await accessible(page, 'list of weeks');
  await picture(page, 'weeks');
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'All weeks');
  await page.keyboard.press('Enter');
  const oldest = list.getByRole('button', { name: /RPM-/ }).last();
  await oldest.click();
  await region(page, 'Carried over').getByText('Earlier weeks have left nothing open.').waitFor();
  await nav.getByRole('button', { name: 'This week' }).click();
  await until(async () => (await title()) === now, 'this week', page);
  await page.waitForURL((url) => url.search === '');
}

/** What earlier weeks have left open; an action of it, and all about it. */
async function carried(page, colleague) {
  const section = region(page, 'Carried over');
  const { weeks: all } = await colleague('{ weeks(first: 100) { nodes { startDate actions(filter: { status: [PENDING, IN_PROGRESS, BLOCKED] }) { totalCount } } } }');
  const { currentWeek } = await colleague('{ currentWeek { startDate } }');
  const earlier = all.nodes.filter(({ startDate }) => startDate < currentWeek.startDate).reduce((sum, { actions }) => sum + actions.totalCount, 0);
  await section.getByText(`${earlier} open of 12 earlier weeks`).waitFor();
  assert.equal(await section.getByRole('region').count(), 2);
  await section.getByRole('button', { name: 'Show 10 more weeks' }).click();
  assert.equal(await section.getByRole('region').count(), 12);

  const link = section.locator('.action-link').first();
  const code = await link.innerText();
  await link.click();
  await page.waitForURL((url) => url.searchParams.get('action') === code);
  const panel = page.getByRole('dialog');
  await panel.getByRole('heading', { level: 2 }).waitFor();
  await panel.getByText('Checked by').waitFor();
  await panel.getByRole('region', { name: 'History' }).waitFor();
  await panel.getByRole('button', { name: 'Complete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Complete action' });
  await dialog.getByLabel('Where the evidence lies').fill('https://example.com/proof');
  await dialog.getByRole('button', { name: 'Complete' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await panel.getByRole('link', { name: 'https://example.com/proof' }).waitFor();
  await panel.getByRole('region', { name: 'History' }).getByText(/Completed by admin@demo.rpm/).waitFor();
  await accessible(page, 'panel');
  await picture(page, 'panel');
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'hidden' });
  await page.waitForURL((url) => url.search === '');
  await section.getByText(`${earlier - 1} open of`).waitFor();
  assert.equal(await section.getByText(code).count(), 0);
}

/** An action of any week by its code, and from there those that wait for it. */
async function finding(page) {
  await page.locator('body').press('/');
  const finder = page.getByRole('dialog', { name: 'Find an action' });
  await finder.getByRole('searchbox').fill('no such words');
  await finder.getByText('No action has this').waitFor();
  await finder.getByRole('searchbox').fill('jumio');
  const found = finder.getByRole('listitem').first();
  await found.getByText('Connect the Jumio API to the Lightspeed checkout').waitFor();
  const code = await found.locator('.action-code').innerText();
  await accessible(page, 'finder');
  await picture(page, 'finder');
  await finder.getByRole('searchbox').fill(code.toLowerCase());
  await page.keyboard.press('Enter');
  const panel = page.getByRole('dialog');
  await panel.getByRole('heading', { name: 'Connect the Jumio API to the Lightspeed checkout' }).waitFor();
  await panel.getByRole('region', { name: 'Deliverables' }).getByText('Jumio Integration', { exact: true }).waitFor();
  await panel.getByRole('region', { name: 'History' }).getByText(/by \w/).first().waitFor();
  const waiting = panel.getByRole('region', { name: 'Waiting for it' }).locator('.action-link');
  const next = await waiting.innerText();
  await waiting.click();
  await panel.getByRole('region', { name: 'Waits for' }).getByText(code).waitFor();
  await page.waitForURL((url) => url.searchParams.get('action') === next);
  await page.goBack();
  await panel.getByRole('heading', { name: 'Connect the Jumio API to the Lightspeed checkout' }).waitFor();
  // On a phone it takes the screen.
  await page.setViewportSize(PHONE);
  await fits(page, 'panel on a phone');
  await picture(page, 'phone-panel');
  await page.setViewportSize(DESK);
  await panel.getByRole('button', { name: 'Close' }).click();
  await panel.waitFor({ state: 'hidden' });
  await page.goto(`${url}/?action=NO-SUCH-001`);
  await page.getByRole('dialog').getByText('There is no action NO-SUCH-001').waitFor();
  await page.keyboard.press('Escape');
}

/** Loading, failing, and having nothing to show. */
async function states(page) {
  const documents = ['Revenue', 'Funnel', 'Agents', 'CarriedOver', 'Deliverables'];
  const names = ['Revenue', 'Full funnel', 'Agent health', 'Carried over', 'Deliverables completed'];
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    if (!documents.includes(route.request().postDataJSON()?.operationName)) return route.continue();
    await held;
    return route.abort();
  });
  await page.goto(url);
  for (const name of names) await region(page, name).getByText('Loading…').first().waitFor();
  release();
  for (const name of names) await region(page, name).getByRole('alert').waitFor();
  await accessible(page, 'failures');
  await picture(page, 'failures', { fullPage: true });
  await page.unroute('**/graphql');
  for (const name of names) await region(page, name).getByRole('button', { name: 'Try again' }).click();
  await region(page, 'Revenue').getByText('Target $125K–175K').waitFor();
  for (const name of names) await region(page, name).getByRole('alert').waitFor({ state: 'hidden' });

  await page.goto(`${url}/?week=2020-01-06`);
  await region(page, 'Revenue').getByText('No plan, no target.').waitFor();
  await region(page, 'Full funnel').getByText('No plan, nothing in the funnel.').waitFor();
  assert.equal(await region(page, 'Carried over').count(), 0);
  await accessible(page, 'no plan');
}
