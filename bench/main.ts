import * as fs from 'node:fs/promises';
import { contentsOf, databaseName, differences, provideDataSet, withClient } from './databases.ts';
import type { DataSet } from './datasets/dataset.ts';
import { dataSets } from './datasets/index.ts';
import { holdfast } from './holdfast-side.ts';
import { measuringMethod } from './measure.ts';
import { readOptions, usage, type BenchOptions } from './options.ts';
import { alternate, type PairingOptions, type Run } from './pairing.ts';
import { compressionOf, pgDump, pgDumpVersion } from './pg-dump-side.ts';
import { machine, record, table, type Result } from './report.ts';
import { openServer, temporaryDirectory, type BenchServer } from './server.ts';

let interrupted = false;

const say = (text: string): void => console.error(text);

interface Bench {
  options: BenchOptions;
  server: BenchServer;
  /** For dumps; goes at the end. */
  scratch: string;
  /** Undefined when there is no pg_dump to compare with. */
  compression: string | undefined;
}

async function benchSet(bench: Bench, set: DataSet): Promise<Result[]> {
  const { server, options } = bench;
  const started = performance.now();
  const made = await provideDataSet(server, set, options.scale);
  say(
    made
      ? `${set.name}: made in ${((performance.now() - started) / 1000).toFixed(0)} s`
      : `${set.name}: there already`,
  );

  const database = databaseName(set.name);
  const ours = options.alone === 'pg_dump' ? undefined : holdfast(server, set, options.jobs);
  const theirs =
    bench.compression === undefined
      ? undefined
      : pgDump(server, set, options, bench.compression, bench.scratch);
  const pairing: PairingOptions = {
    runs: options.runs,
    serverPid: server.pid,
    async settle() {
      await withClient(server.url(), (client) => client.query('checkpoint'));
    },
    onRun: sayRun,
  };
  const results: Result[] = [];
  const add = (phase: Result['phase'], series: Result['series']): void => {
    const result: Result = { set: set.name, scale: options.scale, describes: set.describes, phase, series };
    results.push(result);
    console.log(table(result));
  };

  await ours?.init();
  if (options.only !== 'restore') {
    const side = options.store === 'memory' ? ours?.memorySide : ours?.backupSide;
    add('backup', await alternate(present([side, theirs?.backupSide]), pairing));
  }
  if (options.only !== 'backup' && options.store === 'database') {
    const id = await ours?.takeBackup();
    await theirs?.takeDump();
    const side = id === undefined ? undefined : ours?.restoreSide(id);
    add('restore', await alternate(present([side, theirs?.restoreSide]), pairing));
    if (id !== undefined) await ours?.forget(id);
    await prove(server, database, present([ours?.restored.latest(), theirs?.restored.latest()]));
  }
  await ours?.restored.dropAll();
  await theirs?.forget();
  return results;
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

function sayRun(name: string, run: number, { wallMs, cpuMs }: Run): void {
  const cpu = cpuMs === undefined ? '' : `, CPU ${(cpuMs / 1000).toFixed(2)} s`;
  say(`  ${run === 0 ? 'warm-up' : `run ${run}`}  ${name}  ${(wallMs / 1000).toFixed(2)} s${cpu}`);
}

/** A speed counts only when what came back is what was there. */
async function prove(server: BenchServer, database: string, restored: readonly string[]): Promise<void> {
  const expected = await contentsOf(server.url(database));
  for (const name of restored) {
    const wrong = differences(expected, await contentsOf(server.url(name)));
    if (wrong.length > 0)
      throw new Error(`${name} differs from ${database}:\n${wrong.slice(0, 10).join('\n')}`);
  }
  say(`  restored databases equal the source: ${expected.tables.size} tables, ${expected.rows} rows`);
}

async function main(options: BenchOptions): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  process.once('SIGINT', () => {
    interrupted = true;
    void cleanup.disposeAsync().finally(() => process.exit(130));
  });
  const server = await openServer(options.url, options.data);
  cleanup.defer(() => server.stop());
  const scratch = await temporaryDirectory();
  cleanup.defer(() => fs.rm(scratch, { recursive: true, force: true }));

  const version = options.alone === 'holdfast' ? undefined : pgDumpVersion(options.pgDump);
  if (version === undefined && options.alone === 'pg_dump') throw new Error(`There is no ${options.pgDump}`);
  if (version === undefined && options.alone === undefined) {
    say(`There is no ${options.pgDump}: Holdfast is measured alone. Name one with --pg-dump.`);
  }
  const compression =
    version === undefined ? undefined : compressionOf(options.pgDump, server.url(), scratch);
  if (compression === 'gzip') say(`This pg_dump (${version}) has no zstd; it compresses by gzip.`);
  const serverVersion = await withClient(server.url(), async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version;
  });
  const about = { ...machine(), server: serverVersion, pgDump: version, measuredBy: measuringMethod() };
  say(
    Object.entries(about)
      .map(([name, value]) => `${name}: ${String(value)}`)
      .join('\n'),
  );

  const results: Result[] = [];
  for (const set of dataSets.filter(({ name }) => options.sets.includes(name))) {
    results.push(...(await benchSet({ options, server, scratch, compression }, set)));
    if (options.json !== undefined) {
      // After every set, so that a run that is cut short leaves what it has.
      const document = {
        at: new Date().toISOString(),
        machine: about,
        // A connection string may hold a password.
        options: { ...options, url: undefined },
        results: results.map(record),
      };
      await fs.writeFile(options.json, `${JSON.stringify(document, null, 2)}\n`);
    }
  }
}

let options: BenchOptions | 'help';
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exit(2);
}
if (options === 'help') {
  console.log(usage);
} else {
  await main(options).catch((error: unknown) => {
    // Stopping the server under the work makes it fail; that is not news.
    if (!interrupted) console.error(error);
    process.exitCode = 1;
  });
}
