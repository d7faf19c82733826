import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { contentsOf, databaseName, differences, provideDataSet, withClient } from './databases.ts';
import { keyed } from './datasets/keyed.ts';
import { readBackup } from './holdfast-side.ts';
import { measure } from './measure.ts';
import { alternate, type Run } from './pairing.ts';
import { compressionOf, pgDump, pgDumpVersion } from './pg-dump-side.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory } from './server.ts';
import { pairedRatio, summarise } from './statistics.ts';
import { storePlaces, storeSide } from './store-sides.ts';

/* A restore into a new database beside pg_restore, of 20 tables of different sizes with 60 indexes and 30 foreign keys. */

const usage = `Usage: npm run -s build && node bench/restore.ts --data DIR [options]

  --data DIR        where the bench's own server keeps its data, so that the data set can be used again
  --pg-dump PATH    with zstd; pg_restore is looked for beside it (default: pg_dump)
  --scale N         4 is 2.4 GB as COPY text (default 4)
  --runs N          of each side, in alternation (default 5)
  --warm-ups N      before them, not counted (default 1)
  --alone           no pg_restore: for looking at the phases
  --write FILE      puts the table between <!-- restore --> and <!-- /restore --> of this file
`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    'pg-dump': { type: 'string', default: 'pg_dump' },
    scale: { type: 'string', default: '4' },
    runs: { type: 'string', default: '5' },
    'warm-ups': { type: 'string', default: '1' },
    alone: { type: 'boolean', default: false },
    write: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const jobs = 2;
const aims = { ratio: 0.8, peakBytes: 350 * 2 ** 20 };
const scale = Number(values.scale);
const set = { ...keyed, name: `${keyed.name}_x${scale}` };
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const say = (text: string): void => console.error(text);
const answer = z.object({
  restore: z.object({ report: z.object({ phaseMs: z.record(z.string(), z.number()) }) }),
});

async function main(data: string): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  process.once('SIGINT', () => void cleanup.disposeAsync().finally(() => process.exit(130)));
  const server = await openServer(undefined, data);
  cleanup.defer(() => server.stop());
  const scratch = await temporaryDirectory();
  cleanup.defer(() => fs.rm(scratch, { recursive: true, force: true }));
  say(JSON.stringify({ ...machine(), pgDump: pgDumpVersion(values['pg-dump']) }));
  if (await provideDataSet(server, set, scale)) say(`${set.name}: made`);
  const places = await storePlaces(scratch, false);
  cleanup.defer(() => places.stop());

  const ours = storeSide(server, set, { kind: 'directory', jobs, places });
  const { id } = readBackup((await measure(await ours.backupSide.prepare())).stdout);
  const sides = [ours.restoreSide(id)];
  const options = {
    pgDump: values['pg-dump'],
    pgRestore: path.join(path.dirname(values['pg-dump']), 'pg_restore'),
    jobs,
  };
  const theirs = pgDump(server, set, options, 'zstd:3', scratch);
  if (!values.alone) {
    if (compressionOf(values['pg-dump'], server.url(), scratch) !== 'zstd:3') {
      throw new Error(`${values['pg-dump']} has no zstd`);
    }
    await theirs.takeDump();
    sides.push(theirs.restoreSide);
  }
  const phases: string[] = [];
  const [holdfast, pgRestore] = await alternate(
    sides.map((side) => ({
      ...side,
      async finish(measurement, last) {
        if (side.name === 'directory') {
          const { phaseMs } = answer.parse(JSON.parse(measurement.stdout)).restore.report;
          phases.push(JSON.stringify(phaseMs));
        }
        return side.finish(measurement, last);
      },
    })),
    {
      runs: Number(values.runs),
      warmUps: Number(values['warm-ups']),
      serverPid: server.pid,
      settle: () => withClient(server.url(), async (client) => void (await client.query('checkpoint'))),
      onRun(name, run, { wallMs, cpuMs = NaN, serverCpuMs = NaN, peakRssBytes = NaN }) {
        say(
          `  ${run < 1 ? 'warm-up' : `run ${run}`}  ${name.padEnd(10)}  ${seconds(wallMs)}, CPU ${seconds(cpuMs)} + ${seconds(serverCpuMs)}, ${Math.round(peakRssBytes / 2 ** 20)} MiB`,
        );
        if (name === 'directory') say(`    ${phases.at(-1)}`);
      },
    },
  );
  const latest = ours.restored.latest();
  if (latest !== undefined) {
    const wrong = differences(
      await contentsOf(server.url(databaseName(set.name))),
      await contentsOf(server.url(latest)),
    );
    if (wrong.length > 0) throw new Error(`${latest} differs:\n${wrong.slice(0, 10).join('\n')}`);
  }
  await ours.restored.dropAll();
  await theirs.restored.dropAll();
  await ours.forget();
  if (!holdfast || !pgRestore) return;
  const table = tableOf(holdfast.runs, pgRestore.runs);
  console.log(table);
  if (values.write !== undefined) await writeInto(values.write, table);
}

function tableOf(ours: readonly Run[], theirs: readonly Run[]): string {
  const wall = (runs: readonly Run[]): number[] => runs.map(({ wallMs }) => wallMs);
  const cpu = (runs: readonly Run[]): (number | undefined)[] =>
    runs.map(({ cpuMs, serverCpuMs }) => cpuMs && serverCpuMs && cpuMs + serverCpuMs);
  const ratio = (of: (runs: readonly Run[]) => (number | undefined)[]): string => {
    const found = pairedRatio(of(ours), of(theirs));
    return found ? `${found.median.toFixed(2)} (${found.least.toFixed(2)}–${found.most.toFixed(2)})` : '–';
  };
  const peak = Math.max(...ours.map(({ peakRssBytes }) => peakRssBytes ?? NaN));
  return [
    `| restore into a new database | this | pg_restore -j${jobs} | ratio | aim | ratio of CPU, with the server | peak memory |`,
    '|---|---|---|---|---|---|---|',
    `| ${set.describes}, ${(scale * 0.6).toFixed(1)} GB; ${ours.length} runs | ${seconds(summarise(wall(ours))!.median)} | ${seconds(summarise(wall(theirs))!.median)} | ${ratio(wall)} | ≤ ${aims.ratio.toFixed(2)} | ${ratio(cpu)} | ${Math.round(peak / 2 ** 20)} MiB (≤ ${aims.peakBytes / 2 ** 20}) |`,
  ].join('\n');
}

async function writeInto(file: string, table: string): Promise<void> {
  const text = await fs.readFile(file, 'utf8');
  const marked = /<!-- restore -->[^]*<!-- \/restore -->/;
  if (!marked.test(text)) throw new Error(`${file} has no <!-- restore --> … <!-- /restore -->`);
  await fs.writeFile(
    file,
    text.replace(marked, () => `<!-- restore -->\n${table}\n<!-- /restore -->`),
  );
}

if (values.help || values.data === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await main(values.data);
}
