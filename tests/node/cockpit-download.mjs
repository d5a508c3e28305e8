// Follows the links to files of deliverables of every kind in headless Chromium.
//
//   node cockpit-download.mjs http://127.0.0.1:PORT LAKE
//
// LAKE is the folder of the server's lake, which holds the demo's files. CHROMIUM names the browser. Exits 1 with the reason when something
// is not as it should be.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { browse } from './browser.mjs';
import { anotherSession, region, signIn, watch } from './cockpit-tools.mjs';

const [url, lake] = process.argv.slice(2);

/** What a file of a kind is: its name, its media type, how it begins, and what else can be seen of it. */
const KINDS = {
  SONG: { name: /\.wav$/, type: 'audio/wav', begins: 'RIFF', more: (file, title, page) => plays(page, 'audio/wav', file, [0.5, 4]) },
  ALBUM: { name: /^tracks\.md$/, type: 'text/markdown; charset=utf-8', begins: '# ', more: (file) => assert.match(file.toString(), /\n1\. .+ \(\d:\d\d\)\n(.*\n){16}1[89]\. /) },
  CODE: { name: /\.py$/, type: 'text/x-python; charset=utf-8', begins: '#!/usr/bin/env python3', more: says },
  DOCUMENT: { name: /\.pdf$/, type: 'application/pdf', begins: '%PDF-', more: says },
  VIDEO: { name: /\.mp4$/, type: 'video/mp4', begins: '\0\0\0', more: (file, title, page) => plays(page, 'video/mp4; codecs="avc1.42C014"', file, [3, 3]) },
};

await browse(async (page) => {
  const problems = watch(page, url);
  const colleague = await anotherSession(url);
  await signIn(page, url, /Demo VIP/);
  const player = await page.context().newPage();
  for (const [kind, expected] of Object.entries(KINDS)) {
    const query = `{ deliverables(filter: { type: [${kind}], status: [PUBLISHED] }, orderBy: { field: PUBLISHED_AT, direction: DESC }, first: 1) {
      nodes { title cloudStoragePath action { result { week { startDate } } } } } }`;
    const [{ title, cloudStoragePath, action }] = (await colleague(query)).deliverables.nodes;
    await page.goto(`${url}/?week=${action.result.week.startDate}`);
    const section = region(page, 'Deliverables completed');
    await section.getByRole('group', { name: 'Kinds of deliverables' }).getByRole('button', { name: new RegExp(kind, 'i') }).click();
    const card = section.locator(`.deliverable[data-type="${kind}"]`, { has: page.getByText(title, { exact: true }) });
    const [download] = await Promise.all([
      // The link opens a tab, which the download then closes.
      page.context().waitForEvent('download'),
      card.getByRole('button', { name: `File of ${title}` }).click(),
    ]);
    assert.match(download.url(), /\/lake\/[^?]+\?version=\d+&expires=\d+&signature=[0-9a-f]{64}$/);
    const file = await readFile(await download.path());
    assert.deepEqual(file, await readFile(join(lake, cloudStoragePath)), title);
    assert.match(download.suggestedFilename(), expected.name);
    assert.equal((await fetch(download.url())).headers.get('content-type'), expected.type);
    assert.ok(file.length < 20_000 && file.toString('latin1').startsWith(expected.begins), `${title}: ${file.length} bytes`);
    await expected.more(file, title, player);
    await card.getByRole('link', { name: `Open file of ${title}` }).waitFor();
  }
  await everyLink(colleague);
  assert.deepEqual(problems, []);
});

/** It has its title in it. */
function says(file, title) {
  assert.ok(file.includes(title), title);
}

/** The browser can play it, where it knows its kind, and it lasts as long as it should, in seconds. */
async function plays(page, type, file, [shortest, longest]) {
  const lasts = await page.evaluate(
    async ([type, data]) => {
      const media = document.createElement(type.split('/')[0]);
      if (media.canPlayType(type) === '') return null;
      media.src = `data:${type.split(';')[0]};base64,${data}`;
      return new Promise((resolve, reject) => {
        media.onloadeddata = () => resolve(media.duration);
        media.onerror = () => reject(new Error(media.error.message));
      });
    },
    [type, file.toString('base64')],
  );
  assert.ok(lasts === null || (lasts >= shortest && lasts <= longest), `${type}: ${lasts} s`);
}

/** Every deliverable that names a file has one. */
async function everyLink(colleague) {
  let after = null;
  let count = 0;
  do {
    const query = 'query ($after: String) { deliverables(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes { title downloadUrl } } }';
    const { nodes, pageInfo } = (await colleague(query, { after })).deliverables;
    for (const { title, downloadUrl } of nodes) assert.ok(downloadUrl, `${title} has no file`);
    count += nodes.length;
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  assert.ok(count > 100, `${count} deliverables`);
}
