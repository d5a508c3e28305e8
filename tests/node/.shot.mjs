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
  if (process.env.SPLIT) { const n=+process.env.SPLIT; const h=await page.evaluate(()=>document.documentElement.scrollHeight); const st=Math.ceil(h/n);
    const b=[]; for(let i=0;i<n;i++) b.push((await page.screenshot({fullPage:true,clip:{x:0,y:i*st,width,height:Math.min(st,h-i*st)}})).toString('base64'));
    const p2=await page.context().newPage(); await p2.setViewportSize({width:(width+12)*n,height:st}); await p2.setContent('<body style="margin:0;display:flex;gap:12px;align-items:start;background:#888">'+b.map(x=>`<img src="data:image/png;base64,${x}">`).join('')+'</body>'); await p2.screenshot({path:out+'.png'}); }
  else if (ids.length === 0) await page.screenshot({ path: out + '.png', fullPage: !process.env.VP });
  for (const id of ids) await page.locator(id).screenshot({ path: `${out}${id.replace(/\W/g,'-')}.png` });
});
