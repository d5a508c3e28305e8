// How soon the cockpit shows something, and the week's figures, in headless Chromium: each time a browser that has just been started, with
// an empty profile, and a member who is signed in. Prints the rows of a table.
//
//   node paint.mjs http://127.0.0.1:PORT [VISITS]
//
// The server has the demo's data. CHROMIUM names the browser. `make bench BENCH=paint` runs this on a server of its own.
import { browse } from './browser.mjs';

const [url, visits = '12'] = process.argv.slice(2);

/** Milliseconds since the page was asked for. `slower` is how many times slower the page's processor is made. */
async function visit(slower) {
  let times;
  await browse(async (page) => {
    const answer = await page.context().request.post(`${url}/auth/demo`, { data: { email: 'admin@demo.rpm' } });
    if (!answer.ok()) throw new Error(`the demo's admin cannot sign in: ${answer.status()}`);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower });
    await page.addInitScript(watch);
    await page.goto(url, { waitUntil: 'commit' });
    times = await page.evaluate(() => globalThis.painted);
  });
  return times;
}

/** On the page: resolves `painted` once the week's figures have been painted. */
function watch() {
  const isThere = () => /complete · \d+ of \d+ actions/.test(document.querySelector('#overview')?.textContent ?? '');
  const week = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (!isThere()) return;
      observer.disconnect();
      // The frame that shows it has been drawn when the next one begins.
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
    });
    observer.observe(document, { childList: true, subtree: true, characterData: true });
  });
  const first = new Promise((resolve) => {
    new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint').forEach((entry) => resolve(entry.startTime))).observe({ type: 'paint', buffered: true });
  });
  globalThis.painted = Promise.all([first, week]).then(([first, week]) => ({ first, week }));
}

function row(what, times) {
  const sorted = times.toSorted((one, other) => one - other);
  const median = (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
  console.log(`| ${what} | ${[sorted[0], median, sorted.at(-1)].map((time) => Math.round(time)).join(' | ')} |`);
}

console.log('| | best ms | median ms | worst ms |\n| --- | --- | --- | --- |');
// What is read from the disk for the first time is not counted.
await visit(1);
for (const [slower, name] of [[1, 'as it is'], [4, 'four times slower']]) {
  const times = [];
  for (let at = 0; at < Number(visits); at += 1) times.push(await visit(slower));
  row(`first paint, processor ${name}`, times.map(({ first }) => first));
  row(`the week’s figures, processor ${name}`, times.map(({ week }) => week));
}
