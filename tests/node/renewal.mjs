// A subscription in the explorer outlives the session it began with, in headless Chromium: the page renews it on the open socket, and before it
// opens one.
//
//   node renewal.mjs http://127.0.0.1:PORT
//
// The server runs with a session lifetime of some seconds. CHROMIUM names the browser. Exits 1 with the reason when something
// is not as it should be.
import assert from 'node:assert/strict';
import { browse } from './browser.mjs';

const [url] = process.argv.slice(2);

/**
 * Signs in, and runs the example that watches events when `before` has run. Returns the page's sockets, what they were told of renewals, and
 * in which order there were sockets and questions for a new session.
 */
async function watch(page, before) {
  const sockets = [];
  const renewals = [];
  const order = [];
  page.on('request', (request) => request.url().endsWith('/auth/refresh') && order.push('renewal'));
  page.on('websocket', (socket) => {
    sockets.push(socket);
    order.push('socket');
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(payload);
      if (message.type === 'pong' && message.payload) renewals.push(message.payload);
    });
  });
  await page.goto(`${url}/graphiql`);
  await page.getByRole('button', { name: /Demo Admin/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.getByRole('button', { name: /Examples/ }).click();
  await page.getByRole('menuitem', { name: 'Watch events as they happen' }).click();
  await before();
  await page.getByRole('button', { name: /Execute query/ }).click();
  return { sockets, renewals, order };
}

/** Waits until a socket was told of so many renewals; the only one, open all the time. */
async function renewed(page, { sockets, renewals }, times) {
  const deadline = Date.now() + 60_000;
  while (renewals.length < times) {
    assert.ok(Date.now() < deadline, `renewals: ${JSON.stringify(renewals)}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  assert.ok(renewals.every(({ renewed }) => renewed), JSON.stringify(renewals));
  assert.equal(sockets.length, 1, 'one socket did it');
  assert.equal(sockets[0].isClosed(), false, 'the socket has been open all the time');
}

await browse(async (page) => {
  const watched = await watch(page, async () => {});
  // Twice: the second is for a session that the first has made.
  await renewed(page, watched, 2);
});

// Who comes back when what says who he is has ended is signed in by what gets the next: before the socket is opened, not instead of it.
await browse(async (page) => {
  const watched = await watch(page, async () => {
    await page.context().clearCookies({ name: /rpm_session$/ });
    const left = (await page.context().cookies()).map(({ name }) => name.replace(/^.*rpm_/, ''));
    assert.deepEqual(left, ['refresh']);
  });
  await renewed(page, watched, 1);
  assert.equal(watched.order[0], 'renewal', watched.order.join());
});
