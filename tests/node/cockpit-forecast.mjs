// The forecast in the funnel's section, in headless Chromium: what the server says, as a person would say it, and that it moves.
//
//   node cockpit-forecast.mjs http://127.0.0.1:PORT
//
// CHROMIUM names the browser. Exits 1 with the reason when something is not as it should be.
import assert from 'node:assert/strict';
import { browse } from './browser.mjs';
import { anotherSession, BLOCK, COMPLETE, region, signIn, until, watch } from './cockpit-tools.mjs';

const [url] = process.argv.slice(2);
const FORECAST = `{ currentWeek { endDate forecast { expected openActions openActionsInTime flags }
  carryOverCandidates { action { code } } atRiskResults { result { code } reasons { risk actions { code } } } } }`;
/** How long a text of a date can be: a day, a month, a year, or that there is none. */
const DATE = /^(\w{3}, \w{3} \d{1,2}|\w{3} \d{4}|\d{4}|Not foreseeable|Open)$/;

await browse(async (page) => {
  const problems = watch(page, url);
  await signIn(page, url, /Demo VIP/);
  const colleague = await anotherSession(url);
  const forecast = region(page, 'Full funnel').getByRole('region', { name: /^Forecast/ });
  await says(page, forecast, colleague);

  // Somebody blocks an action: its result is at risk for that.
  const { currentWeek } = await colleague('{ currentWeek { actions(filter: { status: [IN_PROGRESS] }, first: 1) { nodes { code result { code } } } } }');
  const [{ code, result }] = currentWeek.actions.nodes;
  await colleague(BLOCK, { input: { code, blockerDescription: 'The press is broken' } });
  const row = forecast.getByRole('region', { name: 'Results at risk' }).locator('.forecast-result', { hasText: result.code });
  await row.locator('li', { hasText: 'Blocked' }).getByRole('button', { name: code }).first().waitFor();
  await says(page, forecast, colleague);
  await row.getByRole('button', { name: code }).first().click();
  await page.getByRole('dialog').getByText('The press is broken').first().waitFor();
  await page.keyboard.press('Escape');

  // Everything is done: there is nothing to foretell.
  const { currentWeek: week } = await colleague('{ currentWeek { actions(filter: { status: [PENDING, IN_PROGRESS, BLOCKED] }, first: 100) { nodes { code status } } } }');
  for (const action of week.actions.nodes) {
    if (action.status === 'BLOCKED') await colleague('mutation ($input: UnblockActionInput!) { unblockAction(input: $input) { action { id } } }', { input: { code: action.code } });
    await colleague(COMPLETE, { input: { code: action.code } });
  }
  await forecast.getByText('All of it is completed.').waitFor();
  assert.equal(await forecast.getByRole('region').count(), 0);

  // A week that is over has nothing left to be carried over from it; what it left open is in the section of that name.
  await page.getByRole('navigation', { name: 'Weeks' }).getByRole('button', { name: /^Previous week/ }).click();
  await forecast.getByText('Not before').waitFor();
  assert.equal(await forecast.getByText('Likely to be carried over').count(), 0);
  assert.deepEqual(problems, []);
});

/** What is shown is what the API says at the same time. */
async function says(page, forecast, colleague) {
  const { currentWeek } = await colleague(FORECAST);
  const { openActions, openActionsInTime, flags } = currentWeek.forecast;
  await forecast.getByText(`${Math.round(Number(openActionsInTime))} of ${openActions}`, { exact: true }).waitFor();
  const names = await forecast.locator('dt').allInnerTexts();
  assert.deepEqual(names.slice(0, 3), ['Not before', 'Most likely', 'Not after']);
  assert.match(names[3], /^By \w{3} \d+$/);
  const dates = (await forecast.locator('dd b').allInnerTexts()).slice(0, 3);
  for (const date of dates) assert.match(date, DATE);
  assert.equal(dates[1] === 'Not foreseeable', flags.includes('EXPECTED_BEYOND_HISTORY'), `${dates}: ${flags}`);

  const risks = forecast.getByRole('region', { name: 'Results at risk' }).locator('.forecast-result');
  await until(async () => (await risks.count()) === currentWeek.atRiskResults.length, 'every result at risk', page);
  for (const [at, { result, reasons }] of currentWeek.atRiskResults.entries()) {
    const text = await risks.nth(at).innerText();
    assert.ok(text.startsWith(result.code), text);
    const blocked = reasons.filter(({ risk }) => risk === 'BLOCKED').flatMap(({ actions }) => actions);
    for (const { code } of blocked) assert.ok(text.includes(code), `${code}: ${text}`);
  }
  const shown = await forecast.getByRole('region', { name: 'Likely to be carried over' }).locator('.action-link').allInnerTexts();
  assert.deepEqual(shown, currentWeek.carryOverCandidates.slice(0, 5).map(({ action }) => action.code));
}
