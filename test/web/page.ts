import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { listen, toNodeHandler } from '../../src/integrations/node.ts';
import type { BackupSystem } from '../../src/index.ts';
import { testSystem, token, type SystemSetup, type TestSystem } from '../api/system.ts';
import { buildPageIfStale } from '../../scripts/web.ts';
import { launchChromium } from './chromium.ts';

/** Two cores shared with a PostgreSQL server and other tests: slow is not wrong. */
export const patienceMs = 60_000;

const failures = path.resolve(import.meta.dirname, '../../.cache/web-failures');
const base = '/api/admin';

let browser: Promise<Browser> | undefined;
let built: Promise<void> | undefined;
// One for the file: hooks made here belong to the whole of it.
after(async () => (await browser?.catch(() => undefined))?.close());

export interface PageSetup extends SystemSetup {
  /** Another system than the one on the fresh database, stopped by the test; its page is opened. */
  serving?: (made: TestSystem) => Promise<BackupSystem>;
  /** Where the page is opened, below `ui/`. */
  at?: string;
  /** Whether the token is entered first. Default true. */
  signIn?: boolean;
  /** What a proxy in front of the server puts before every path, for example `/tools`. */
  proxyPrefix?: string;
  viewport?: { width: number; height: number };
  timezoneId?: string;
  /** An origin that the page sends people to, and that they come back from. */
  visits?: string;
  /** Console errors that belong to the test, such as Chromium's own about an answer of 401. */
  expected?: RegExp[];
}

export interface OpenedPage extends TestSystem {
  page: Page;
  context: BrowserContext;
  /** Of the page, with a slash at the end. */
  url: string;
  /** Another tab of the same browser, watched like the first. */
  anotherTab: (at?: string) => Promise<Page>;
  /** Holds a lock on another connection until the returned function is called, at the latest until the test is over. */
  hold: (lock: string) => Promise<() => Promise<void>>;
  /** Takes the server away until the returned function is called. */
  goAway: () => Promise<() => Promise<void>>;
  /** What went wrong in the page so far. Not empty at the end fails the test. */
  problems: string[];
  /** Console errors from here on that are no problem. */
  expect: (...patterns: RegExp[]) => void;
}

/**
 * A real system on a fresh database behind node:http, and its page in Chromium. The test fails on errors in the
 * console, on exceptions in the page, and on any request that does not go to our own origin.
 */
export async function openPage(t: TestContext, setup: PageSetup = {}): Promise<OpenedPage> {
  const { at = '', signIn = true, proxyPrefix = '', expected = [], serving, visits, ...rest } = setup;
  const { viewport = { width: 1280, height: 900 }, timezoneId, ...systemSetup } = rest;
  const problems: string[] = [];
  const patterns = [...expected];
  let context: BrowserContext | undefined;
  const held: (() => Promise<void>)[] = [];
  // Before the system stops, which would wait for runs that wait for them.
  t.after(() => Promise.all(held.map((release) => release())));
  // Before the system stops, which t.after does in the order of registration.
  t.after(async () => {
    if (context) await closeContext(context, t, problems);
    assert.deepEqual(problems, [], 'problems in the page');
  });

  // Before the system is made, which reads it once.
  await (built ??= buildPageIfStale());
  // What else is on the server is no part of the page.
  const own = await testSystem(t, { enrol: { exclude: '*' }, ...systemSetup });
  const made = serving ? { ...own, system: await serving(own) } : own;
  let server = await serve(made, proxyPrefix);
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}${proxyPrefix}${base}/ui/`;

  browser ??= launchChromium();
  context = await (
    await browser
  ).newContext({
    colorScheme: 'light',
    viewport,
    locale: 'en-GB',
    timezoneId: timezoneId ?? 'Europe/Zurich',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(patienceMs);
  context.on('request', (request) => {
    const to = new URL(request.url());
    if (/^(data|blob):$/.test(to.protocol) || to.origin === origin) return;
    // What another one's page loads is its own affair.
    if (visits !== undefined && (to.origin === visits || request.frame().url().startsWith(`${visits}/`)))
      return;
    problems.push(`a request leaves the origin: ${request.method()} ${request.url()}`);
  });
  const watched = async (): Promise<Page> => {
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(`exception: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      const text = `${message.type()}: ${message.text()} (${message.location().url})`;
      if (!patterns.some((pattern) => pattern.test(text))) problems.push(text);
    });
    return page;
  };
  const page = await watched();
  await page.goto(url + at);
  if (signIn) await enterToken(page);
  const anotherTab = async (where = ''): Promise<Page> => {
    const tab = await watched();
    await tab.goto(url + where);
    return tab;
  };
  return {
    ...made,
    page,
    context,
    url,
    anotherTab,
    async hold(lock) {
      const { client } = await made.db.adopt(made.db.name);
      await client.query(`begin; ${lock}`);
      const release = async (): Promise<void> => void (await client.query('rollback'));
      held.push(release);
      return release;
    },
    async goAway() {
      server.close();
      server.closeAllConnections();
      return async () => void (server = await serve(made, proxyPrefix, port));
    },
    problems,
    expect: (...more) => void patterns.push(...more),
  };
}

/** Signs in as a person does. */
export async function enterToken(page: Page, text: string = token): Promise<void> {
  await page.getByLabel('Admin token').fill(text);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** With a prefix: a proxy that takes it off, as most are set up to. */
async function serve({ system }: TestSystem, prefix: string, port = 0): Promise<Server> {
  if (prefix === '') return await listen(system, { port, host: '127.0.0.1' });
  const handle = toNodeHandler(system);
  const server = createServer((request, response) => {
    if (request.url?.startsWith(`${prefix}/`) !== true) {
      response.writeHead(404).end('not behind the proxy');
      return;
    }
    request.url = request.url.slice(prefix.length);
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

/** Leaves a picture of every tab where the test failed: what a message alone cannot tell. */
async function closeContext(context: BrowserContext, t: TestContext, problems: string[]): Promise<void> {
  if (!t.passed || problems.length > 0) {
    await fs.mkdir(failures, { recursive: true });
    for (const [index, page] of context.pages().entries()) {
      const name = `${t.name.replaceAll(/[^\w-]+/g, '-')}${index === 0 ? '' : `-${index}`}`;
      await page.screenshot({ path: path.join(failures, `${name}.png`), timeout: 10_000 }).catch(() => {});
    }
  }
  await context.close();
}
