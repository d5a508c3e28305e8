// The cockpit's session, in headless Chromium: renewed in place before its token ends, and over after an hour without use.
//
//   node cockpit-session.mjs http://127.0.0.1:PORT
//
// The server gives tokens for some seconds. CHROMIUM names the browser. Exits 1 with the reason when something is not as it should be.
import assert from 'node:assert/strict';
import { browse } from './browser.mjs';
import { anotherSession, signIn, until } from './cockpit-tools.mjs';

const [url] = process.argv.slice(2);

await browse(async (page) => {
  const sockets = [];
  const renewals = [];
  page.on('websocket', (socket) => {
    sockets.push(socket);
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(payload);
      if (message.type === 'pong' && message.payload) renewals.push(message.payload);
    });
  });
  await signIn(page, url, /Demo Admin/);
  // Twice: the second is for a token that the first has brought.
  await until(() => renewals.length >= 2, 'two renewals', page, 60_000);
  assert.ok(renewals.every(({ renewed }) => renewed), JSON.stringify(renewals));
  assert.deepEqual([sockets.length, sockets[0].isClosed()], [1, false], 'one socket did it');
  // Requests go on as well.
  await page.getByRole('button', { name: 'Owner' }).click();
  await page.getByRole('checkbox', { name: 'Jesse' }).check();
  await page.getByRole('region', { name: 'Live action feed' }).locator('.action').first().waitFor();

  // Twenty tabs at once: none of them is signed out.
  const tabs = await Promise.all(Array.from({ length: 4 }, () => page.context().newPage()));
  await Promise.all(tabs.map((tab) => tab.goto(url)));
  await Promise.all(tabs.map((tab) => tab.getByText('Live', { exact: true }).waitFor()));
  await Promise.all(tabs.map((tab) => tab.close()));
  await page.getByText('Live', { exact: true }).waitFor();
});

// An hour without use, in a browser whose clock can be wound on.
await browse(async (page) => {
  await page.clock.install();
  await signIn(page, url, /Demo Admin/);
  await page.clock.fastForward(59 * 60_000);
  await page.mouse.move(10, 10);
  await page.mouse.move(20, 20);
  await page.clock.fastForward(59 * 60_000);
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).isVisible(), true, 'use counts from the last sign of it');
  await page.clock.fastForward(2 * 60_000);
  await page.getByText('You were signed out after an hour without use.').waitFor();
  await page.reload();
  await page.getByRole('button', { name: /Demo Admin/ }).waitFor();
});

// A member whose sessions are ended elsewhere finds the sign-in page.
await browse(async (page) => {
  await signIn(page, url, /Demo VIP/);
  await page.getByText('Live', { exact: true }).waitFor();
  const admin = await anotherSession(url);
  await admin('mutation { signOutMember(input: { email: "vip@demo.rpm" }) { endedSessions } }');
  await page.getByText('Your session has ended.').waitFor();
});
