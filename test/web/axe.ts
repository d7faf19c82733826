import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axe = await fs.readFile(
  path.resolve(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'),
  'utf8',
);
/** Fails with what is wrong and where, in the words of axe, in light colours and in dark ones. */
export async function assertAccessible(page: Page, name: string): Promise<void> {
  await assertWithoutViolation(page, name, 'axe.run()');
  // Of what axe looks at nothing else depends on the colours.
  await showIn(page, 'dark');
  const contrast = `axe.run({ runOnly: ['color-contrast'] })`;
  await assertWithoutViolation(page, `${name}, dark`, contrast);
  await showIn(page, 'light');
}

/** At once: half way from one colour to another nothing can be read. */
async function showIn(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('*, *::before, *::after { transition: none !important; }');
    document.adoptedStyleSheets = [sheet];
  });
  await page.emulateMedia({ colorScheme });
  await page.waitForFunction(
    (scheme) => document.documentElement.dataset['mantineColorScheme'] === scheme,
    colorScheme,
  );
}

async function assertWithoutViolation(page: Page, name: string, run: string): Promise<void> {
  // What is being calculated again is dimmed meanwhile.
  await page.waitForFunction(() => document.querySelector('[data-stale]') === null);
  // Not as a script element, which the page's policy forbids.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>(run);
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${name}: ${id}, ${help}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
  );
  assert.deepEqual(found, []);
}

/** Fails when the page is wider than its window, so that one has to scroll sideways. */
export async function assertFits(page: Page, name: string): Promise<void> {
  const overhang = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(overhang, 0, `${name} is too wide`);
}
