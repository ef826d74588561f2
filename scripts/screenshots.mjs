// Takes pictures of a running portal's pages, light and dark, wide and narrow:
//   node scripts/screenshots.mjs <portal address> <folder> [operation id]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, folder, operationId] = process.argv.slice(2);
if (!url || !folder) {
  console.error(
    'usage: node scripts/screenshots.mjs <portal address> <folder> [operation id]',
  );
  process.exit(2);
}

const PAGES = [
  { name: 'fleet', path: '/databases' },
  {
    name: 'entity',
    path: '/catalog/default/resource/analytics-timescale/database',
  },
  { name: 'overview', path: '/catalog/default/resource/analytics-timescale' },
  {
    name: 'redis',
    path: '/catalog/default/resource/sessions-redis/database',
  },
  ...(operationId
    ? [{ name: 'operation', path: `/databases/operations/${operationId}` }]
    : []),
  { name: 'audit', path: '/databases/audit' },
  { name: 'policies', path: '/databases/policies' },
];
const LOOKS = [
  { name: 'light', width: 1440, dark: false },
  { name: 'dark', width: 1440, dark: true },
  { name: 'narrow', width: 360, dark: false },
];
/** Data arrives within seconds; charts draw after it. */
const SETTLE_MS = 4000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
await mkdir(folder, { recursive: true });
for (const look of LOOKS) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: look.width, height: 1000 },
    colorScheme: look.dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  page.on('pageerror', error =>
    console.error(`${look.name}: ${page.url()}: ${error.message}`),
  );
  await page.goto('/databases');
  if (look.name === LOOKS[0].name) {
    await page.getByRole('button', { name: 'Sign in as owner' }).waitFor();
    await page.screenshot({ path: join(folder, 'sign-in-light.png') });
  }
  await page.getByRole('button', { name: 'Sign in as owner' }).click();
  for (const { name, path } of PAGES) {
    await page.goto(path);
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({
      path: join(folder, `${name}-${look.name}.png`),
      fullPage: true,
    });
  }
  await context.close();
}
await browser.close();
