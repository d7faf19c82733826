/**
 * The folders of `examples/`, as users have them: installed in an empty folder with the packed package, started, and driven through
 * everything a mount must show. How many bytes a download may have, and how long the lines of a README take: scripts/examples.ts.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { openClient } from '../support/connect.ts';
import { testDatabase } from '../support/database.ts';
import { npm } from '../support/packed.ts';
import { freePort } from '../support/ports.ts';
import { everyTest, oneInTurn } from '../support/servers.ts';
import { startApplication } from './application.ts';
import { endsWhenAsked, steps, type MountedApplication } from './conformance.ts';
import { placeExample } from './installation.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const token = 'a-token-of-my-own';

/** A download of 40 MiB, which no buffer between server and client holds, so that a server that reads ahead shows. */
const ballast = {
  name: 'ballast',
  async fill(connectionString: string): Promise<void> {
    const client = await openClient({ connectionString });
    await client.query(
      `create table ballast as select n as id, repeat(md5(n::text), 31) as filler from generate_series(1, 42000) n`,
    );
    await client.end();
  },
};

/** Seconds each: one of them in each run, and all where everything is asked for. */
const light = ['node-http', 'express-4', 'express-5', 'fastify', 'hono', 'nest'];
/** A bundler builds them, for minutes: where everything is asked for. */
const bundled = ['next', 'sveltekit', 'nuxt'];
const built = new Set(['nest', ...bundled]);

let parent: string;
before(async () => {
  parent = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-examples-'));
});
after(() => fs.rm(parent, { recursive: true, force: true }));

async function install(name: string): Promise<string> {
  const folder = await placeExample(name, parent);
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund'], folder);
  if (built.has(name)) await npm(['run', 'build'], folder);
  return folder;
}

async function drive(t: TestContext, cwd: string): Promise<void> {
  const { connectionString, client, target } = await testDatabase(t, { template: ballast });
  const env = { DATABASE_URL: connectionString, HOLDFAST_TOKEN: token };
  const application = await startApplication(['npm', 'start'], { cwd, env, port: await freePort() });
  t.after(() => application.kill());
  const mounted: MountedApplication = {
    ...application,
    token,
    client,
    target,
    backupId: 0,
    figures: {},
  };
  for (const step of steps) {
    await t.test(step.name, async () => {
      await step.run(mounted).catch((error: Error) => {
        error.message += `\nThe application says:\n${application.said()}`;
        throw error;
      });
    });
  }
  await t.test('it ends when it is asked to, although the page listens', () =>
    endsWhenAsked(mounted, async () => void (await application.end())),
  );
  t.diagnostic(JSON.stringify(mounted.figures));
}

for (const name of [...oneInTurn(light), ...(everyTest ? bundled : [])]) {
  test(`examples/${name}`, async (t) => {
    const folder = await install(name);
    // A build has checked its own.
    if (!built.has(name)) await t.test('its types are right', () => checkTypes(folder));
    if (name.startsWith('express-')) await t.test('any parser, on either side', (t) => parsers(t, folder));
    await drive(t, folder);
  });
}

async function checkTypes(folder: string): Promise<void> {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const sources = (await fs.readdir(folder)).filter((file) => file.endsWith('.ts'));
  assert.ok(sources.includes('server.ts'));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
  const args = [compiler, ...options, '--types', 'node', '--allowImportingTsExtensions', '--ignoreConfig'];
  const { stdout } = await run(process.execPath, [...args, ...sources], { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  assert.equal(stdout, '');
}

/** Whatever reads the body first: it arrives as it was sent, and what is wrong in it is refused. */
async function parsers(t: TestContext, folder: string): Promise<void> {
  const { connectionString } = await testDatabase(t);
  await fs.copyFile(path.join(import.meta.dirname, 'parsers.mjs'), path.join(folder, 'parsers.mjs'));
  const env = { DATABASE_URL: connectionString, HOLDFAST_TOKEN: token };
  const command = [process.execPath, 'parsers.mjs'] as const;
  const application = await startApplication(command, { cwd: folder, env, port: await freePort() });
  t.after(() => application.kill());
  const orders = (await (await fetch(application.origin)).json()) as string[];
  assert.equal(orders.length, 11);
  const post = async (order: string, to: string, body?: string): Promise<[number, string]> => {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}`, 'x-order': order };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const options = { method: 'POST', headers, ...(body === undefined ? {} : { body }) };
    const response = await fetch(`${application.origin}/api/admin/${to}`, options);
    return [response.status, await response.text()];
  };
  for (const [place, order] of orders.entries()) {
    const [made, tables] = await post(order, 'init-backup-tables');
    assert.equal(made, 200, `${order}: ${tables}`);
    const days = place + 3;
    const [changed, schedule] = await post(order, 'backup/schedule', JSON.stringify({ retentionDays: days }));
    assert.deepEqual([changed, JSON.parse(schedule).schedule.retentionDays], [200, days], order);
    const [unknown, refusal] = await post(order, 'backup', '{"tabels":["notes"]}');
    assert.deepEqual([unknown, JSON.parse(refusal).code], [400, 'INVALID_REQUEST'], order);
    const [broken] = await post(order, 'backup', '{"type":');
    assert.equal(broken, 400, order);
  }
}
