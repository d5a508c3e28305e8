// The ways by which events reach the cockpit, in headless Chromium: WebSocket, without it SSE, without both a question every half
// minute, and back; nothing that happens in between is missed.
//
//   node cockpit-ways.mjs http://127.0.0.1:PORT
//
// CHROMIUM names the browser. Exits 1 with the reason when something is not as it should be.
import assert from 'node:assert/strict';
import { browse } from './browser.mjs';
import { anotherSession, BLOCK, picture, signIn, until, watch } from './cockpit-tools.mjs';
import { proxy } from './proxy.mjs';

const [server] = process.argv.slice(2);
const way = await proxy(server);
const { url } = way;
try {
  await browse(visit);
} finally {
  way.close();
}

async function visit(page) {
  // Time can be wound on: half a minute is not waited for.
  await page.clock.install();
  // What is cut on purpose is told by the browser.
  const problems = watch(page, url, [/ERR_EMPTY_RESPONSE|ERR_CONNECTION|WebSocket connection|ERR_INCOMPLETE_CHUNKED/]);
  await signIn(page, url, /Demo Admin/);
  // Not by the way that is cut.
  const colleague = await anotherSession(server);
  const { currentWeek } = await colleague('{ currentWeek { actions(filter: { status: [IN_PROGRESS, PENDING] }, first: 4) { nodes { code } } } }');
  const codes = currentWeek.actions.nodes.map(({ code }) => code);
  assert.equal(codes.length, 4);
  const channel = (name) => page.locator(`.freshness[data-channel="${name}"]`).waitFor();
  const block = (code, reason) => colleague(BLOCK, { input: { code, blockerDescription: reason } });
  const seen = (code, reason) => page.getByRole('region', { name: 'Blocked', exact: true }).locator(`[data-code="${code}"]`).getByText(reason).waitFor();

  await channel('websocket');
  await block(codes[0], 'by socket');
  await seen(codes[0], 'by socket');

  // The socket breaks, and sockets are not let through any more.
  way.block('ws', true);
  await block(codes[1], 'in between');
  await channel('sse');
  await seen(codes[1], 'in between');
  await block(codes[1], 'by stream');
  await seen(codes[1], 'by stream');
  await page.getByText('updates come by another way meanwhile').waitFor();
  await picture(page, 'stream');
  await page.getByRole('button', { name: 'Hide' }).click();
  assert.equal(await page.locator('.banner').count(), 0);

  // Streams neither: a question every half minute, and a quiet line that says so.
  way.block('sse', true);
  await channel('polling');
  const { eventCursor: after } = await colleague('{ eventCursor }');
  await block(codes[2], 'by question');
  // The log shows an event when all that began before it have ended, which is a moment later.
  const missed = 'query ($after: Cursor) { events(after: $after) { nodes { id } } }';
  await until(async () => (await colleague(missed, { after })).events.nodes.length > 0, 'the event in the log', page);
  await page.clock.fastForward(30_000);
  await seen(codes[2], 'by question');
  await page.getByText('The page asks for news every 30 seconds').waitFor();
  await page.getByText('Every 30 s', { exact: true }).waitFor();
  await picture(page, 'polling');

  // No way at all: the page says so, keeps what it shows, and has missed nothing when it is back.
  way.block('http', true);
  await page.clock.fastForward(30_000);
  await channel('none');
  await page.clock.fastForward(2_000);
  await page.getByText('No connection to the server').waitFor();
  await block(codes[3], 'while away');
  const refused = way.refused.ws;
  await page.getByRole('button', { name: 'Try now' }).click();
  await until(() => way.refused.ws > refused, 'another try', page);
  way.block('http', false);
  way.block('sse', false);
  way.block('ws', false);
  await page.clock.fastForward(30_000);
  await channel('websocket');
  await seen(codes[3], 'while away');
  await page.locator('.banner').waitFor({ state: 'detached' });
  await block(codes[3], 'by socket again');
  await seen(codes[3], 'by socket again');
  assert.deepEqual(problems, []);
}
