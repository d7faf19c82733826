/**
 * The examples as a newcomer meets them: each in an empty folder with the packed package, installed and started by the lines of
 * its README, and then driven through everything that a mount must show.
 *
 *   node scripts/examples.ts [--download-mb N] [--checkout] [--keep] [name …]
 *
 * Without names all of `examples/`. `--download-mb` is the size of the download whose memory is measured, 210 by default. With
 * `--checkout` the package is made as the README says too, in a clone of what is committed; otherwise it is put beside the
 * example. `--keep` leaves the folders. Prints a table with seconds; the exit code is 1 when a step fails.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { EmbeddedServer } from '../src/postgres/embedded/embedded.ts';
import type { ConnectionTarget } from '../src/postgres/connection.ts';
import { plainEnvironment, startApplication, type StartedApplication } from '../test/examples/application.ts';
import { endsWhenAsked, steps, type Figures, type MountedApplication } from '../test/examples/conformance.ts';
import { exampleNames, placeExample } from '../test/examples/installation.ts';
import { openClient } from '../test/support/connect.ts';
import { freePort } from '../test/support/ports.ts';
import { newDirectory, startTestServer } from '../test/support/server-start.ts';

const root = path.resolve(import.meta.dirname, '..');
const mebibyte = 1024 * 1024;
/** Far more than a line takes on a machine with nothing else to do. */
const lineTimeoutMs = 900_000;
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'download-mb': { type: 'string', default: '210' },
    checkout: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const downloadMb = Number(flags['download-mb']);

interface Outcome {
  name: string;
  /** Of each line of the README, in its order. */
  lines: [line: string, seconds: number][];
  /** From the first line to the first backup. */
  firstBackupSeconds?: number;
  conformanceSeconds?: number;
  figures: Figures;
  failures: string[];
}

interface Place {
  server: EmbeddedServer;
  /** Beside it lies the package, as in a checkout. */
  folder: string;
}

const directory = await newDirectory();
const server = await startTestServer(18, { parent: directory });
const outcomes: Outcome[] = [];
try {
  for (const name of positionals.length > 0 ? positionals : await exampleNames()) {
    outcomes.push(await tryOut(name));
  }
} finally {
  await server.stop('immediate');
  if (flags.keep) console.log(`\nThe folders are in ${directory}`);
  else await fs.rm(directory, { recursive: true, force: true });
}
report(outcomes);
process.exitCode = outcomes.some(({ failures }) => failures.length > 0) ? 1 : 0;

async function tryOut(name: string): Promise<Outcome> {
  console.log(`\n${name}`);
  const outcome: Outcome = { name, lines: [], figures: {}, failures: [] };
  try {
    const parent = path.join(directory, name);
    await fs.mkdir(parent);
    const folder = flags.checkout ? await cloned(name, parent) : await placeExample(name, parent);
    await asWritten(outcome, { server, folder });
    await conformance(outcome, { server, folder });
  } catch (error) {
    fail(outcome, error);
  }
  return outcome;
}

async function cloned(name: string, parent: string): Promise<string> {
  const checkout = path.join(parent, 'holdfast');
  await shell(`git clone --quiet ${root} ${checkout}`, parent, {});
  return path.join(checkout, 'examples', name);
}

function fail(outcome: Outcome, error: unknown): void {
  // A comparison of two files would be as long as both.
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
  outcome.failures.push(message);
  console.log(`  ✖ ${message}`);
}

/** The lines of the README from the installation to the first backup, with the address of our database in them. */
async function asWritten(outcome: Outcome, { server, folder }: Place): Promise<void> {
  const readme = await fs.readFile(path.join(folder, 'README.md'), 'utf8');
  const [packing = '', setUp = '', calls = ''] = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(
    ([, block]) => block!,
  );
  const database = await freshDatabase(server, `${outcome.name}_readme`, 0);
  const port = await freePort();
  const env: Record<string, string> = {};
  const began = performance.now();
  let application: StartedApplication | undefined;
  try {
    for (const line of flags.checkout ? linesOf(packing) : []) {
      const lineBegan = performance.now();
      await shell(line, path.resolve(folder, '../..'), {});
      tell(outcome, line, lineBegan);
    }
    for (const line of linesOf(setUp)) {
      const lineBegan = performance.now();
      const [, variable, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
      if (variable !== undefined) env[variable] = variable === 'DATABASE_URL' ? database.url : value!;
      else if (line === 'npm start') {
        application = await startApplication(['bash', '-c', line], { cwd: folder, env, port });
      } else await shell(line, folder, env);
      if (variable === undefined) tell(outcome, line, lineBegan);
    }
    for (const line of linesOf(calls)) {
      const lineBegan = performance.now();
      const said = await shell(line.replaceAll('localhost:3000', `127.0.0.1:${port}`), folder, env);
      if (!/"success":true/.test(said)) throw new Error(`${line}\n${said}\n${application?.said()}`);
      tell(outcome, line.split(' -H')[0]!, lineBegan);
    }
    outcome.firstBackupSeconds = (performance.now() - began) / 1_000;
  } finally {
    application?.kill();
  }
}

function tell(outcome: Outcome, line: string, began: number): void {
  const seconds = (performance.now() - began) / 1_000;
  outcome.lines.push([line, seconds]);
  console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${line}`);
}

function linesOf(block: string): string[] {
  return block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

async function shell(line: string, cwd: string, env: Record<string, string>): Promise<string> {
  const child = spawn('bash', ['-c', line], {
    cwd,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the line has started ends with it.
    detached: true,
  });
  const limit = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), lineTimeoutMs);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  if (code !== 0) throw new Error(`${line} ends with ${code ?? 'a signal'}:\n${said}`);
  return said;
}

async function conformance(outcome: Outcome, { server, folder }: Place): Promise<void> {
  const { url, target } = await freshDatabase(server, outcome.name, downloadMb);
  const env = { DATABASE_URL: url, HOLDFAST_TOKEN: 'a-token-of-my-own' };
  const application = await startApplication(['npm', 'start'], { cwd: folder, env, port: await freePort() });
  const client = await openClient(target);
  const mounted: MountedApplication = {
    ...application,
    token: env.HOLDFAST_TOKEN,
    client,
    target,
    memoryBoundBytes: 64 * mebibyte,
    backupId: 0,
    figures: outcome.figures,
  };
  const began = performance.now();
  try {
    for (const { name, run } of steps) {
      const error = await run(mounted).catch((reason: Error) => reason);
      if (error) fail(outcome, new Error(`${name}: ${error.message}`));
      else console.log(`  ✔ ${name}`);
    }
    await endsWhenAsked(mounted, async () => void (await application.end())).catch((error) =>
      fail(outcome, error),
    );
  } finally {
    application.kill();
    await client.end();
    if (outcome.failures.length > 0) console.log(application.said());
  }
  outcome.conformanceSeconds = (performance.now() - began) / 1_000;
}

/** With a table whose rows make a download of about this size, and hardly a backup. */
async function freshDatabase(
  { host, port, user, password }: EmbeddedServer,
  example: string,
  megabytes: number,
): Promise<{ url: string; target: ConnectionTarget }> {
  const name = `example_${example.replaceAll('-', '_')}`;
  const target = { host, port, user, password, database: name };
  const outside = await openClient({ ...target, database: 'postgres' });
  await outside.query(`create database ${name}`);
  await outside.end();
  const inside = await openClient(target);
  await inside.query(
    `create table ballast as select n as id, repeat(md5(n::text), 31) as filler from generate_series(1, ${megabytes * 1_000}) n`,
  );
  await inside.end();
  return { url: `postgres://${user}:${password}@${host}:${port}/${name}`, target };
}

function report(list: readonly Outcome[]): void {
  console.log(
    '\n| example | first backup | all steps | download | server at most | growth | first event | failures |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const { name, firstBackupSeconds, conformanceSeconds, figures, failures } of list) {
    const seconds = (value: number | undefined): string =>
      value === undefined ? '–' : `${value.toFixed(0)} s`;
    const size = (value: number | undefined): string =>
      value === undefined ? '–' : `${Math.round(value / mebibyte)} MiB`;
    const cells = [
      name,
      seconds(firstBackupSeconds),
      seconds(conformanceSeconds),
      size(figures.downloadBytes),
      size(figures.memoryPeakBytes),
      size(figures.memoryGrowthBytes),
      figures.firstEventMs === undefined ? '–' : `${Math.round(figures.firstEventMs)} ms`,
      failures.length === 0 ? 'none' : String(failures.length),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
