// A page in headless Chromium, with a profile of its own that goes away. CHROMIUM names the browser.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** Runs `visit` with a fresh page. */
export async function browse(visit) {
  const profile = await mkdtemp(join(tmpdir(), 'rpm-browser-'));
  // The page must not reach for anything but the server: whatever Chromium wants for itself is switched off.
  const quiet = ['--no-first-run', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    args: process.getuid() === 0 ? ['--no-sandbox', ...quiet] : quiet,
    viewport: { width: 1440, height: 900 },
  });
  try {
    await visit(await browser.newPage());
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}
