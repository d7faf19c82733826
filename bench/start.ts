import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withClient } from './databases.ts';
import { measure, measuringMethod, type Command } from './measure.ts';
import { alternate, type Run, type Side } from './pairing.ts';
import { pgDumpVersion } from './pg-dump-side.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory, type BenchServer } from './server.ts';
import { pairedRatio, summarise } from './statistics.ts';

/*
 * How long the published package takes to start: the short commands and an import beside `node -e 0`, a backup of an
 * empty database beside pg_dump; and the memory of a mounted system that has nothing to do.
 */

const usage = `Usage: npm run -s build && node bench/start.ts [--runs N] [--url URL] [--pg-dump PATH]

Medians of N runs (default 11) of each, in alternation with what it is compared with. --url names a server to use, which
--pg-dump can read; a database named holdfast_bench_start is made and dropped there. Default: a server of its own.
`;

const root = path.resolve(import.meta.dirname, '..');
const database = 'holdfast_bench_start';
/** Time for a mounted system to come to rest. */
const restMs = 15_000;

function sideOf(name: string, file: string, args: string[], env: Record<string, string> = {}): Side {
  const command: Command = { file, args, env };
  return { name, prepare: async () => command, finish: async () => ({}) };
}

const bare = sideOf('node -e 0', process.execPath, ['-e', '0']);

/** The command as it is published: beside the sources, bin/holdfast.js would run these. */
async function publishedCommand(folder: string): Promise<string> {
  await fs.cp(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  await fs.cp(path.join(root, 'bin'), path.join(folder, 'bin'), { recursive: true });
  await fs.symlink(path.join(root, 'dist'), path.join(folder, 'dist'));
  return path.join(folder, 'bin', 'holdfast.js');
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;
const mb = (value: number): string => `${(value / 1e6).toFixed(0)} MB`;

async function compare(ours: Side, theirs: Side | undefined, runs: number): Promise<string> {
  const sides = theirs ? [ours, theirs] : [ours];
  const series = await alternate(sides, {
    runs,
    serverPid: undefined,
    settle: async () => {},
    onRun: () => {},
  });
  const figure = (of: (run: Run) => number | undefined, show: (value: number) => string): string => {
    const values = series.map((each) => each.runs.map(of));
    const [own = '–', other = '–'] = values.map((each) => {
      const median = summarise(each)?.median;
      return median === undefined ? '–' : show(median);
    });
    const ratio = values[1] && pairedRatio(values[0] ?? [], values[1]);
    return `${own} | ${other} | ${ratio ? ratio.median.toFixed(2) : '–'}`;
  };
  return [
    `| ${ours.name} | ${theirs?.name ?? '–'}`,
    figure((run) => run.wallMs, ms),
    figure((run) => run.cpuMs, ms),
    `${figure((run) => run.peakRssBytes, mb)} |`,
  ].join(' | ');
}

/** Resident memory of a process that serves, with and without a mounted system, in bytes. */
async function idleMemory(url: string, mounted: boolean): Promise<number> {
  const program = `
    import { createServer } from 'node:http';
    ${mounted ? "import { createBackupSystem } from 'holdfast'; import { toNodeHandler } from 'holdfast/node';" : ''}
    const system = ${mounted ? "createBackupSystem({ database: process.env.URL, auth: { token: 't'.repeat(16) } })" : 'undefined'};
    await system?.start();
    const server = createServer(system ? toNodeHandler(system) : (request, response) => response.end()).listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    const address = 'http://127.0.0.1:' + server.address().port + '/api/admin/backups';
    for (let i = 0; i < 5; i++) await (await fetch(address, { headers: { authorization: 'Bearer ' + 't'.repeat(16) } })).text();
    await new Promise((resolve) => setTimeout(resolve, ${restMs}));
    console.log(process.memoryUsage.rss());
    process.exit();`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await measure({ file: process.execPath, args, env: { URL: url } });
  return Number(stdout);
}

async function benchStart(
  server: BenchServer,
  command: string,
  { runs, pgDump }: { runs: number; pgDump: string },
): Promise<void> {
  const holdfast = (...args: string[]): string[] => [command, ...args];
  await withClient(server.url(), async (client) => {
    await client.query(`drop database if exists ${database} with (force)`);
    await client.query(`create database ${database}`);
  });
  const url = server.url(database);
  await measure({ file: process.execPath, args: holdfast('init', '--database-url', url) });
  const theirs = pgDumpVersion(pgDump);
  console.log('| | beside | wall | | ratio | CPU | | ratio | peak memory | | ratio |');
  console.log('|---|---|---|---|---|---|---|---|---|---|---|');
  for (const args of [['--version'], ['--help'], ['list', '--database-url', url]]) {
    const side = sideOf(`holdfast ${args[0]}`, process.execPath, holdfast(...args));
    console.log(await compare(side, bare, runs));
  }
  const imported = ['--input-type=module', '--eval', "import 'holdfast'"];
  console.log(await compare(sideOf("import 'holdfast'", process.execPath, imported), bare, runs));
  console.log(
    await compare(
      sideOf('empty backup', process.execPath, holdfast('backup', '--quiet', '--database-url', url)),
      theirs === undefined ? undefined : sideOf('pg_dump', pgDump, ['-Fc', url]),
      runs,
    ),
  );
  const memory: number[][] = [[], []];
  for (let run = 0; run < Math.ceil(runs / 4); run++) {
    memory[0]!.push(await idleMemory(url, true));
    memory[1]!.push(await idleMemory(url, false));
  }
  const [mounted, alone] = memory.map((values) => ((summarise(values)?.median ?? 0) / 1e6).toFixed(0));
  console.log(`\nidle, mounted in a server: ${mounted} MB; the server without it: ${alone} MB`);
  await withClient(server.url(), (client) => client.query(`drop database ${database} with (force)`));
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '11' },
    url: { type: 'string' },
    'pg-dump': { type: 'string', default: 'pg_dump' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  await using cleanup = new AsyncDisposableStack();
  const server = await openServer(values.url, undefined);
  cleanup.defer(() => server.stop());
  const about = { ...machine(), pgDump: pgDumpVersion(values['pg-dump']), measuredBy: measuringMethod() };
  console.error(JSON.stringify(about, null, 2));
  const folder = await temporaryDirectory();
  cleanup.defer(() => fs.rm(folder, { recursive: true, force: true }));
  process.chdir(root);
  await benchStart(server, await publishedCommand(folder), {
    runs: Number(values.runs),
    pgDump: values['pg-dump'],
  });
}
