import { browse } from './browser.mjs';
const [url, who, path, scheme, size, out, ...ids] = process.argv.slice(2);
const [width, height] = size.split('x').map(Number);
await browse(async (page) => {
  page.on('console', (m) => m.type() === 'error' && console.log('console', m.text()));
  page.on('pageerror', (e) => console.log('pageerror', e.message));
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height });
  await page.goto(url + path);
  await page.getByRole('button', { name: new RegExp(who) }).click();
  await page.waitForTimeout(5000);
  const js = process.env.JS; if (js) { for (const s of js.split(';;')) { await eval(`(async()=>{${s}})()`); await page.waitForTimeout(700);} }
  const w = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]); console.log('width', w);
  if (ids.length === 0) await page.screenshot({ path: out + '.png', fullPage: !process.env.VP });
  for (const id of ids) await page.locator(id).screenshot({ path: `${out}${id.replace(/\W/g,'-')}.png` });
});
