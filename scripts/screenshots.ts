/**
 * `npm run screenshots`: every screen of the admin page, wide and narrow, light and dark, as PNG files in screenshots/.
 *
 *   npm run screenshots -- [--only text,text] [--docs]
 *
 * `--only` takes the screens with one of these texts in their names. `--docs` writes those of the README into docs/images too.
 * Everything runs here: a PostgreSQL server, a sample shop with a past, the server and the browser.
 */
import * as fs from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createBackupSystem, silentLogger, type BackupSystem } from '../src/index.ts';
import { listen } from '../src/integrations/node.ts';
import { openClient } from '../test/support/connect.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../src/postgres/embedded/embedded.ts';
import { launchChromium } from '../test/web/chromium.ts';
import { inProgress, makeHistory } from './screenshot-history.ts';
import { readmeScreens, runningScreens, screens, unsetScreens, type Screen } from './screenshot-list.ts';
import { buildPageIfStale } from './web.ts';

const { values: flags } = parseArgs({
  options: { only: { type: 'string', default: '' }, docs: { type: 'boolean', default: false } },
});

const only = flags.only.split(',');

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'screenshots');
const images = path.join(root, 'docs', 'images');
const token = 'screenshots-0123456789abcdef';

const widths = [
  { name: 'wide', viewport: { width: 1440, height: 900 } },
  { name: 'narrow', viewport: { width: 390, height: 844 } },
] as const;
type Width = (typeof widths)[number];
const schemes = ['light', 'dark'] as const;

await buildPageIfStale();
await fs.mkdir(folder, { recursive: true });
const place = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-screenshots-'));
const browser = await launchChromium();
const postgres = await startEmbeddedServer({ dataDirectory: path.join(place, 'data'), keepData: false });
try {
  await withSystem(postgres, 'harbour', async (_, url) => shootAll(browser, url, unsetScreens));
  await withSystem(postgres, 'shop', async (system, url) => {
    const client = await openClient({ connectionString: postgres.connectionString('shop') });
    try {
      await makeHistory(system, client);
      await shootAll(browser, url, screens);
      await inProgress(system, client, () => shootAll(browser, url, runningScreens));
    } finally {
      await client.end();
    }
  });
} finally {
  await browser.close();
  await postgres.stop('immediate');
  await fs.rm(place, { recursive: true, force: true });
}

/** A system on a database of its own, served for as long as `work` takes. */
async function withSystem(
  server: EmbeddedServer,
  database: string,
  work: (system: BackupSystem, url: string) => Promise<void>,
): Promise<void> {
  const admin = await openClient({ connectionString: server.connectionString() });
  await admin.query(`create database ${database} template template0`);
  await admin.end();
  const system = createBackupSystem({
    database: server.connectionString(database),
    auth: { token },
    logger: silentLogger,
    tenants: { column: 'customer_id' },
    lockTimeoutMs: 600_000,
  });
  const http = await listen(system, { port: 0, host: '127.0.0.1' });
  try {
    await work(system, `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/admin/ui/`);
  } finally {
    http.closeAllConnections();
    http.close();
    await system.stop();
  }
}

async function shootAll(from: Browser, url: string, list: readonly Screen[]): Promise<void> {
  const wanted = list.filter((screen) => only.some((part) => screen.name.includes(part)));
  for (const width of widths) {
    for (const colorScheme of schemes) {
      const context = await from.newContext({
        colorScheme,
        viewport: width.viewport,
        deviceScaleFactor: 1,
        locale: 'en-GB',
        timezoneId: 'Europe/Zurich',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(15_000);
      for (const screen of wanted) {
        const name = `${screen.name}-${width.name}-${colorScheme}`;
        await shoot(context, url, screen, name, width).catch((error: unknown) => {
          console.error(`✗ ${name}: ${(error as Error).message.split('\n')[0]}`);
          process.exitCode = 1;
        });
      }
      await context.close();
    }
  }
}

async function shoot(
  context: BrowserContext,
  url: string,
  screen: Screen,
  name: string,
  width: Width,
): Promise<void> {
  const page = await context.newPage();
  try {
    await page.goto(url + screen.at);
    if (screen.signedOut !== true) await signIn(page);
    await screen.prepare?.(page);
    // Fonts, charts and pictures are there when nothing is asked for any more; events never end.
    await page.locator('[aria-busy="true"], .mantine-Skeleton-root').first().waitFor({ state: 'detached' });
    // Nor is anything of an older question any more.
    await page.locator('[data-stale]').first().waitFor({ state: 'detached' });
    await assertFits(page);
    const file = path.join(folder, `${name}.png`);
    if (screen.window !== true) await growTo(page, width);
    // What came into sight only now may have grown as well.
    if (screen.window !== true) await growTo(page, width);
    await page.screenshot({ path: file });
    const end = readmeScreens.get(name);
    if (flags.docs && end !== undefined) {
      await fs.mkdir(images, { recursive: true });
      await page.setViewportSize(width.viewport);
      if (end === 'bottom') await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
      await page.screenshot({ path: path.join(images, `${name}.png`) });
    }
  } finally {
    await page.close();
  }
}

/** The first page of a context asks for the token; the others have its session. */
async function signIn(page: Page): Promise<void> {
  const field = page.getByLabel('Admin token');
  const inside = page.getByRole('navigation', { name: 'Screens' });
  await field
    .or(inside)
    .or(page.getByRole('button', { name: 'Open the menu' }))
    .first()
    .waitFor();
  if (!(await field.isVisible())) return;
  await field.fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await field.waitFor({ state: 'detached' });
}

/** @throws when the page can be scrolled sideways */
async function assertFits(page: Page): Promise<void> {
  const overhang = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  if (overhang > 0) throw new Error(`it is ${overhang} pixels too wide`);
}

/** A window as high as the page: what sticks to its edges then stands where it belongs. */
async function growTo(page: Page, { viewport }: Width): Promise<void> {
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  await page.setViewportSize({ width: viewport.width, height: Math.max(viewport.height, height) });
}
