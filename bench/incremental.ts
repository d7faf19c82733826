import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { databaseName, provideDataSet, withClient } from './databases.ts';
import { documents, narrow, toasted, type ChangingSet } from './datasets/rows.ts';
import { measure, type Measurement } from './measure.ts';
import { pgDump, pgDumpVersion } from './pg-dump-side.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory, type BenchServer } from './server.ts';
import { median, pairedRatio } from './statistics.ts';
import { storePlaces, storeSide } from './store-sides.ts';

/*
 * What a backup takes after little or nothing has changed, beside pg_dump of the same database, and how much it stores.
 */

const usage = `Usage: npm run -s build && node bench/incremental.ts --data DIR [options]

  --data DIR      where the bench's own server keeps its data, so that the data sets can be used again
  --pg-dump PATH  with zstd (default: pg_dump)
  --sets a,b      of: narrow, documents, toasted (default: all)
  --scale N       of the data sets (default 1: some 0.4 to 0.8 GB each)
  --runs N        of each change (default 5)
  --summaries     the server summarizes its log (PostgreSQL 17 and later), so that unchanged ranges are not looked at
  --write FILE    puts the table between <!-- incremental --> and <!-- /incremental --> of this file
`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    'pg-dump': { type: 'string', default: 'pg_dump' },
    sets: { type: 'string', default: 'narrow,documents,toasted' },
    scale: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    summaries: { type: 'boolean', default: false },
    write: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const jobs = 2;
const runs = Number(values.runs);
const say = (text: string): void => console.error(text);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const finished = z.object({
  backup: z.object({
    storedBytes: z.number(),
    newBytes: z.number(),
    reuse: z.object({
      rangesUnchanged: z.number(),
      rangesChanged: z.number(),
      rangesRead: z.number(),
      walSummaries: z
        .object({ rangesUnchanged: z.number(), waitedMs: z.number(), problem: z.string().nullable() })
        .nullish(),
    }),
  }),
});

interface Change {
  name: string;
  sql: (set: ChangingSet, round: number) => string | null;
  /** Rounds that are not counted: only what was found changed once is known row by row. */
  warmUps: number;
}

const changes: readonly Change[] = [
  { name: 'nothing', sql: () => null, warmUps: 0 },
  { name: '1 % appended', sql: (set) => set.append, warmUps: 0 },
  { name: '1 % of the rows, anywhere', sql: (set, round) => set.updateAnywhere(round), warmUps: 2 },
];

async function benchSet(server: BenchServer, set: ChangingSet, scratch: string): Promise<string[]> {
  const folder = path.join(scratch, set.name);
  await fs.mkdir(folder);
  const places = await storePlaces(folder, false);
  const side = storeSide(server, set, { kind: 'directory', jobs, places });
  const dumps = path.join(folder, 'dumps');
  await fs.mkdir(dumps);
  const options = { pgDump: values['pg-dump'], pgRestore: 'pg_restore', jobs };
  const theirs = pgDump(server, set, options, 'zstd:3', dumps);
  const settle = () => withClient(server.url(), (client) => client.query('checkpoint'));
  const dump = async (): Promise<Measurement> => {
    const measured = await measure(await theirs.backupSide.prepare(), server.pid);
    await theirs.backupSide.finish(measured, false);
    return measured;
  };

  const lines: string[] = [];
  const add = (
    what: string,
    ours: Measurement[],
    beside: Measurement[],
    stored: string,
    read: string,
  ): void => {
    const wall = pairedRatio(
      ours.map(({ wallMs }) => wallMs),
      beside.map(({ wallMs }) => wallMs),
    );
    const cpuOf = ({ cpuMs, serverCpuMs }: Measurement) => cpuMs && serverCpuMs && cpuMs + serverCpuMs;
    const cpu = pairedRatio(ours.map(cpuOf), beside.map(cpuOf));
    const show = (ratio: typeof wall): string =>
      ratio ? `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)})` : '–';
    const [a, b] = [ours, beside].map((each) => seconds(median(each.map(({ wallMs }) => wallMs))));
    lines.push(
      `| ${set.describes}: ${what} | ${a} | ${b} | ${show(wall)} | ${show(cpu)} | ${stored} | ${read} |`,
    );
    say(lines.at(-1)!);
  };

  await settle();
  const first = await measure(await side.backupSide.prepare(), server.pid);
  const { storedBytes } = finished.parse(JSON.parse(first.stdout)).backup;
  await settle();
  add('the first backup', [first], [await dump()], '100 %', 'all');
  let round = 0;
  for (const { name, sql, warmUps } of changes) {
    const ours: Measurement[] = [];
    const beside: Measurement[] = [];
    const stored: number[] = [];
    const waited: number[] = [];
    let read = '';
    for (let run = 1 - warmUps; run <= runs; run++) {
      const change = sql(set, ++round);
      if (change !== null) {
        await withClient(server.url(databaseName(set.name)), async (client) => {
          await client.query(change);
          // Else the next one pays for what this one leaves behind.
          await client.query('vacuum rows');
        });
      }
      await settle();
      const measured = await side.again(server.pid);
      const { newBytes, reuse } = finished.parse(JSON.parse(measured.stdout)).backup;
      if (run < 1) continue;
      ours.push(measured);
      stored.push(newBytes);
      const { walSummaries } = reuse;
      waited.push(walSummaries?.waitedMs ?? 0);
      const skipped = walSummaries
        ? ` (${walSummaries.rangesUnchanged} not looked at${walSummaries.problem ? `: ${walSummaries.problem}` : ''}; waited ${Math.round(median(waited))} ms for summaries)`
        : '';
      read = `${reuse.rangesUnchanged} unchanged${skipped}, ${reuse.rangesChanged} changed, ${reuse.rangesRead} read`;
      await settle();
      beside.push(await dump());
    }
    add(name, ours, beside, `${((100 * median(stored)) / storedBytes).toFixed(2)} %`, read);
  }
  await side.forget();
  await places.stop();
  return lines;
}

async function main(data: string): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  process.once('SIGINT', () => void cleanup.disposeAsync().finally(() => process.exit(130)));
  const server = await openServer(undefined, data);
  cleanup.defer(() => server.stop());
  await withClient(server.url(), async (client) => {
    await client.query(`alter system set summarize_wal = ${values.summaries ? 'on' : 'off'}`);
    await client.query('select pg_reload_conf()');
  });
  const scratch = await temporaryDirectory();
  cleanup.defer(() => fs.rm(scratch, { recursive: true, force: true }));
  say(JSON.stringify({ ...machine(), pgDump: pgDumpVersion(values['pg-dump']) }, null, 2));
  const lines = [
    '| what has changed | time | pg_dump | ratio | ratio of CPU, with the server | stored, of the first | ranges |',
    '|---|---|---|---|---|---|---|',
  ];
  for (const set of [narrow, documents, toasted]) {
    if (!values.sets.split(',').includes(set.name)) continue;
    const scale = Number(values.scale);
    // What the runs have changed stays: the next bench begins with it.
    if (await provideDataSet(server, set, scale)) say(`${set.name}: made`);
    lines.push(...(await benchSet(server, set, scratch)));
  }
  console.log(lines.join('\n'));
  if (values.write === undefined) return;
  const text = await fs.readFile(values.write, 'utf8');
  const marked = /<!-- incremental -->[^]*<!-- \/incremental -->/;
  if (!marked.test(text))
    throw new Error(`${values.write} has no <!-- incremental --> … <!-- /incremental -->`);
  await fs.writeFile(
    values.write,
    text.replace(marked, () => `<!-- incremental -->\n${lines.join('\n')}\n<!-- /incremental -->`),
  );
}

if (values.help || values.data === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await main(values.data);
}
