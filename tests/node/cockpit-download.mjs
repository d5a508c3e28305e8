// Follows the link to a deliverable's file in headless Chromium.
//
//   node cockpit-download.mjs http://127.0.0.1:PORT TITLE FILE
//
// The lake holds the content of FILE as the file of the deliverable of this title. CHROMIUM names the browser. Exits 1 with the reason
// when something is not as it should be.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { browse } from './browser.mjs';
import { region, signIn, watch } from './cockpit-tools.mjs';

const [url, title, file] = process.argv.slice(2);

await browse(async (page) => {
  const problems = watch(page, url);
  await signIn(page, url, /Demo VIP/);
  const card = region(page, 'Deliverables completed').locator('.deliverable', { hasText: title });
  const [download] = await Promise.all([
    // The link opens a tab, which the download then closes.
    page.context().waitForEvent('download'),
    card.getByRole('button', { name: `File of ${title}` }).click(),
  ]);
  assert.match(download.url(), /\/lake\/[^?]+\?version=\d+&expires=\d+&signature=[0-9a-f]{64}$/);
  assert.deepEqual(await readFile(await download.path()), await readFile(file));
  assert.match(download.suggestedFilename(), /^[\w.-]+$/);
  await card.getByRole('link', { name: `Open file of ${title}` }).waitFor();
  assert.deepEqual(problems, []);
});
