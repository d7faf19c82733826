import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contentsOf, databaseName, differences, provideDataSet, withClient } from './databases.ts';
import type { DataSet } from './datasets/dataset.ts';
import { large } from './datasets/large.ts';
import { many } from './datasets/many.ts';
import { one } from './datasets/one.ts';
import { small } from './datasets/small.ts';
import { holdfast, readBackup } from './holdfast-side.ts';
import { measure, measuringMethod } from './measure.ts';
import { alternate, type PairingOptions, type Run, type Series } from './pairing.ts';
import { compressionOf, pgDump, pgDumpVersion } from './pg-dump-side.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory, type BenchServer } from './server.ts';
import { pairedRatio, summarise } from './statistics.ts';
import { storePlaces, storeSide, type PlaceKind, type StorePlaces } from './store-sides.ts';

/*
 * What backups into the kinds of stores take, beside pg_dump, pg_restore and each other; the memory of a backup of 5.4 GB; and what a
 * second backup of an unchanged database stores. One table, which can be written into docs/SPEED.md.
 */

const usage = `Usage: npm run -s build && node bench/stores.ts --data DIR [options]

  --data DIR        where the bench's own server keeps its data, so that the data sets can be used again
  --pg-dump PATH    with zstd; pg_restore is looked for beside it (default: pg_dump)
  --parts a,b       of: many, one, small, restore, memory, unchanged (default: all)
  --sides a,b       of: database, directory, sealed, s3, pg_dump (default: those that a part has)
  --scale N         of many and one: 4 is 2.4 GB (default 2)
  --restore-scale N of restore (default 1)
  --minutes N       no part begins another round after its share of that time (default: no limit)
  --runs N          of each side, in alternation (default 5)
  --warm-ups N      before them, not counted (default 1)
  --prepare         only makes the data sets
  --write FILE      puts the table between <!-- stores --> and <!-- /stores --> of this file
  --json FILE       writes every run there
`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    'pg-dump': { type: 'string', default: 'pg_dump' },
    parts: { type: 'string', default: 'many,one,small,restore,memory,unchanged' },
    sides: { type: 'string', default: 'database,directory,sealed,s3,pg_dump' },
    scale: { type: 'string', default: '2' },
    'restore-scale': { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    'warm-ups': { type: 'string', default: '1' },
    prepare: { type: 'boolean', default: false },
    write: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const jobs = 2;
/** Of the time there is, in hundredths. */
const shares: Record<string, number> = { many: 45, one: 17, small: 15, restore: 20 };
const memoryLimitBytes = 300 * 2 ** 20;

/** One line of the table. */
interface Line {
  what: string;
  ours: string;
  theirs: string;
  ratio: string;
  /** What was aimed at. */
  aim: string;
  cpu: string;
  peak: string;
}

interface Comparison {
  ours: string;
  theirs: string;
  /** Of ours to theirs at most; `speed`: of the speeds at least. */
  aim: number;
  speed?: boolean;
}

/** The data set at a size, in a database of its own. */
function sized(set: DataSet, scale: number): DataSet {
  return { ...set, name: `${set.name}_x${scale}` };
}

const scale = Number(values.scale);
const restoreScale = Number(values['restore-scale']);
const restored = sized(many, restoreScale);

const backups: Record<string, { set: DataSet; scale: number; sides: PlaceKind[]; compare: Comparison[] }> = {
  many: {
    set: sized(many, scale),
    scale,
    sides: ['directory', 'sealed', 's3', 'database'],
    compare: [
      { ours: 'directory', theirs: 'pg_dump', aim: 1 },
      { ours: 'database', theirs: 'pg_dump', aim: 1.1 },
      { ours: 'sealed', theirs: 'directory', aim: 0.9, speed: true },
      { ours: 's3', theirs: 'directory', aim: 0.8, speed: true },
    ],
  },
  one: {
    set: sized(one, scale),
    scale,
    sides: ['directory'],
    compare: [{ ours: 'directory', theirs: 'pg_dump', aim: 1.05 }],
  },
  small: {
    set: small,
    scale: 1,
    sides: ['directory', 'sealed', 'database'],
    compare: [
      { ours: 'directory', theirs: 'pg_dump', aim: 1 },
      { ours: 'database', theirs: 'pg_dump', aim: 1 },
      { ours: 'sealed', theirs: 'directory', aim: 0.9, speed: true },
    ],
  },
};

const dataOf: Record<string, { set: DataSet; scale: number }> = {
  ...backups,
  restore: { set: restored, scale: restoreScale },
  unchanged: { set: sized(many, 2), scale: 2 },
  memory: { set: large, scale: 1 },
};

const dumpOptions = {
  pgDump: values['pg-dump'],
  pgRestore: path.join(path.dirname(values['pg-dump']), 'pg_restore'),
  jobs,
};
const wanted = values.sides.split(',');
const say = (text: string): void => console.error(text);

interface Bench {
  server: BenchServer;
  scratch: string;
  places: StorePlaces;
  lines: Line[];
  runs: Record<string, Series[]>;
}

function pairing(server: BenchServer, part: string): PairingOptions {
  return {
    runs: Number(values.runs),
    untilMs: performance.now() + (Number(values.minutes) * 60_000 * shares[part]!) / 100,
    warmUps: Number(values['warm-ups']),
    serverPid: server.pid,
    async settle() {
      await withClient(server.url(), (client) => client.query('checkpoint'));
    },
    onRun(name, run, { wallMs, cpuMs = NaN, serverCpuMs = NaN }) {
      say(
        `  ${run < 1 ? 'warm-up' : `run ${run}`}  ${name.padEnd(9)}  ${seconds(wallMs)}, CPU ${seconds(cpuMs)} + ${seconds(serverCpuMs)}`,
      );
    },
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

async function benchBackups(bench: Bench, part: string): Promise<void> {
  const { set, scale: size, sides, compare } = backups[part]!;
  const { server, scratch, places } = bench;
  const theirs = pgDump(server, set, dumpOptions, 'zstd:3', await folderIn(scratch, part));
  const all = [
    ...sides
      .filter((kind) => wanted.includes(kind))
      .map((kind) => storeSide(server, set, { kind, jobs, places }).backupSide),
    ...(wanted.includes('pg_dump') ? [{ ...theirs.backupSide, name: 'pg_dump' }] : []),
  ];
  const series = await alternate(all, pairing(server, part));
  bench.runs[part] = series;
  await holdfast(server, set, jobs).init();
  const data = set === small ? '5,000 small tables' : `${set.describes}, ${(size * 0.6).toFixed(1)} GB`;
  addLines(bench, `backup, ${data}`, compare, series);
}

async function folderIn(scratch: string, part: string): Promise<string> {
  const folder = path.join(scratch, `dumps_of_${part}`);
  await fs.mkdir(folder);
  return folder;
}

async function benchRestore(bench: Bench): Promise<void> {
  const { server, scratch, places } = bench;
  const side = storeSide(server, restored, { kind: 'directory', jobs, places });
  const { id } = readBackup((await measure(await side.backupSide.prepare())).stdout);
  const theirs = pgDump(server, restored, dumpOptions, 'zstd:3', await folderIn(scratch, 'restore'));
  await theirs.takeDump();
  const all = [
    ...(wanted.includes('directory') ? [side.restoreSide(id)] : []),
    ...(wanted.includes('pg_dump') ? [theirs.restoreSide] : []),
  ];
  const series = await alternate(all, pairing(server, 'restore'));
  bench.runs['restore'] = series;
  const size = `${restored.describes}, ${(restoreScale * 0.6).toFixed(1)} GB`;
  addLines(bench, `restore, ${size}`, [{ ours: 'directory', theirs: 'pg_restore', aim: 0.9 }], series);
  const latest = side.restored.latest();
  if (latest !== undefined) {
    const expected = await contentsOf(server.url(databaseName(restored.name)));
    const wrong = differences(expected, await contentsOf(server.url(latest)));
    if (wrong.length > 0) throw new Error(`${latest} differs:\n${wrong.slice(0, 10).join('\n')}`);
    say(`  what was restored equals the source: ${expected.tables.size} tables, ${expected.rows} rows`);
  }
  await side.restored.dropAll();
  await theirs.restored.dropAll();
  await side.forget();
}

async function benchMemory(bench: Bench): Promise<void> {
  const { server, places, lines } = bench;
  for (const kind of ['directory', 'sealed', 's3'] as const) {
    if (!wanted.includes(kind)) continue;
    const side = storeSide(server, large, { kind, jobs, places });
    const {
      peakRssBytes = NaN,
      cpuMs = NaN,
      wallMs,
      stdout,
    } = await measure(await side.backupSide.prepare());
    lines.push({
      ...emptyLine,
      what: `backup, 5.4 GB, ${kind}`,
      ours: seconds(wallMs),
      cpu: seconds(cpuMs),
      peak: mebibytes(peakRssBytes),
      aim: `peak ≤ ${mebibytes(memoryLimitBytes)}`,
    });
    if (kind === 'directory') {
      const restore = await measure(await side.restoreSide(readBackup(stdout).id).prepare());
      lines.push({
        ...emptyLine,
        what: `restore, 5.4 GB, ${kind}`,
        ours: seconds(restore.wallMs),
        cpu: seconds(restore.cpuMs ?? NaN),
        peak: mebibytes(restore.peakRssBytes ?? NaN),
        aim: `peak ≤ ${mebibytes(memoryLimitBytes)}`,
      });
      await side.restored.dropAll();
    }
    await side.forget();
    say(`  ${lines.at(-1)!.what}: ${lines.at(-1)!.peak}`);
  }
}

/** What a second backup of an unchanged database adds to its store. */
async function benchUnchanged(bench: Bench): Promise<void> {
  const { server, scratch, places, lines } = bench;
  const side = storeSide(server, dataOf['unchanged']!.set, { kind: 'directory', jobs, places });
  const command = await side.backupSide.prepare();
  await measure(command);
  const folder = command.env!['HOLDFAST_STORE']!.slice('file://'.length);
  const first = await bytesOfFiles(folder);
  await side.again();
  const added = (await bytesOfFiles(folder)) - first;
  lines.push({
    ...emptyLine,
    what: 'second backup, nothing changed: bytes',
    ours: `${(added / 1000).toFixed(0)} kB`,
    theirs: `first: ${(first / 1e6).toFixed(0)} MB`,
    ratio: `${((100 * added) / first).toFixed(3)} %`,
    aim: '≤ 1 %',
  });
  say(`  unchanged: ${lines.at(-1)!.ratio} in ${scratch}`);
  await side.forget();
}

async function bytesOfFiles(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await fs.stat(path.join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

const emptyLine: Line = { what: '', ours: '', theirs: '', ratio: '', aim: '', cpu: '', peak: '' };

const wall = (runs: Run[]): number[] => runs.map(({ wallMs }) => wallMs);
const cpu = (runs: Run[]): (number | undefined)[] =>
  runs.map(({ cpuMs, serverCpuMs }) => cpuMs && serverCpuMs && cpuMs + serverCpuMs);

function addLines(
  { lines }: Bench,
  what: string,
  comparisons: readonly Comparison[],
  series: Series[],
): void {
  for (const { ours, theirs, aim, speed = false } of comparisons) {
    const runsOf = (name: string): Run[] | undefined => series.find((each) => each.name === name)?.runs;
    const [a, b] = [runsOf(ours), runsOf(theirs)];
    if (!a || !b) continue;
    const show = (of: (runs: Run[]) => (number | undefined)[]): string => {
      const ratio = speed ? pairedRatio(of(b), of(a)) : pairedRatio(of(a), of(b));
      return ratio ? `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)})` : '–';
    };
    lines.push({
      what: `${what}: ${ours} beside ${theirs}${speed ? ', speed' : ''}; ${b.length} runs`,
      ours: seconds(summarise(wall(a))!.median),
      theirs: seconds(summarise(wall(b))!.median),
      ratio: show(wall),
      aim: `${speed ? '≥' : '≤'} ${aim.toFixed(2)}`,
      cpu: show(cpu),
      peak: mebibytes(Math.max(...a.map(({ peakRssBytes }) => peakRssBytes ?? NaN))),
    });
  }
  console.log(tableOf(lines));
}

function tableOf(lines: readonly Line[]): string {
  return [
    '| | this | beside | ratio | aim | ratio of CPU, with the server | peak memory |',
    '|---|---|---|---|---|---|---|',
    ...lines.map(
      ({ what, ours, theirs, ratio, aim, cpu, peak }) =>
        `| ${what} | ${ours} | ${theirs} | ${ratio} | ${aim} | ${cpu} | ${peak} |`,
    ),
  ].join('\n');
}

async function writeInto(file: string, table: string): Promise<void> {
  const text = await fs.readFile(file, 'utf8');
  const marked = /<!-- stores -->[^]*<!-- \/stores -->/;
  if (!marked.test(text)) throw new Error(`${file} has no <!-- stores --> … <!-- /stores -->`);
  await fs.writeFile(
    file,
    text.replace(marked, () => `<!-- stores -->\n${table}\n<!-- /stores -->`),
  );
}

async function main(data: string): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  process.once('SIGINT', () => void cleanup.disposeAsync().finally(() => process.exit(130)));
  const started = performance.now();
  const parts = values.parts.split(',');
  const server = await openServer(undefined, data);
  cleanup.defer(() => server.stop());
  const scratch = await temporaryDirectory();
  cleanup.defer(() => fs.rm(scratch, { recursive: true, force: true }));
  say(
    JSON.stringify(
      { ...machine(), pgDump: pgDumpVersion(values['pg-dump']), measuredBy: measuringMethod() },
      null,
      2,
    ),
  );
  for (const [part, { set, scale: size }] of Object.entries(dataOf)) {
    if (parts.includes(part) && (await provideDataSet(server, set, size))) say(`${set.name}: made`);
  }
  if (values.prepare) return;
  if (compressionOf(values['pg-dump'], server.url(), scratch) !== 'zstd:3') {
    throw new Error(`${values['pg-dump']} has no zstd`);
  }
  const places = await storePlaces(scratch, wanted.includes('s3'));
  cleanup.defer(() => places.stop());
  const bench: Bench = { server, scratch, places, lines: [], runs: {} };
  for (const part of parts) {
    say(`${part}, after ${((performance.now() - started) / 1000).toFixed(0)} s`);
    if (part === 'restore') await benchRestore(bench);
    else if (part === 'memory') await benchMemory(bench);
    else if (part === 'unchanged') await benchUnchanged(bench);
    else await benchBackups(bench, part);
    // After each part, so that a run that is cut short leaves what it has.
    if (values.json !== undefined) await fs.writeFile(values.json, JSON.stringify(bench.runs, null, 2));
    if (values.write !== undefined) await writeInto(values.write, tableOf(bench.lines));
  }
  console.log(tableOf(bench.lines));
  say(`took ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

if (values.help || values.data === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await main(values.data);
}
