import { parseArgs } from 'node:util';
import { contentsOf, databaseName, differences, provideDataSet } from './databases.ts';
import type { DataSet } from './datasets/dataset.ts';
import { large, values } from './datasets/large.ts';
import { holdfast } from './holdfast-side.ts';
import { measure, measuringMethod, type Measurement } from './measure.ts';
import { openServer, type BenchServer } from './server.ts';

/*
 * How much memory a backup and a restore take at most, on more data than memory should ever hold and on single
 * values of 300 MB.
 */

const limitBytes = 400 * 1024 * 1024;

const usage = `Usage: node bench/memory.ts [--scale N] [--jobs N] [--sets large,values] [--url URL | --data DIR]

At scale 1 the large database is 5.4 GB as COPY text and the values are 300 MB each. Needs some 25 GB of disk.
`;

interface Line {
  what: string;
  measurement: Measurement;
}

async function measureSet(server: BenchServer, set: DataSet, scale: number, jobs: number): Promise<Line[]> {
  const made = await provideDataSet(server, set, scale);
  console.error(`${set.name}: ${made ? 'made' : 'there already'}`);
  const database = databaseName(set.name);
  const side = holdfast(server, set, jobs);
  await side.init();

  const backup = await measure(await side.backupSide.prepare(), server.pid);
  const { id, rawBytes } = side.readBackup(backup.stdout);
  const size = `${(rawBytes / 1e9).toFixed(1)} GB`;
  const lines = [{ what: `backup of ${set.describes}, ${size}`, measurement: backup }];
  say(lines);

  const restore = await measure(await side.restoreSide(id).prepare(), server.pid);
  lines.push({ what: `restore of ${set.describes}, ${size}`, measurement: restore });
  say(lines.slice(1));

  const wrong = differences(
    await contentsOf(server.url(database)),
    await contentsOf(server.url(side.restored.latest())),
  );
  if (wrong.length > 0) throw new Error(`The restored database differs:\n${wrong.slice(0, 10).join('\n')}`);
  await side.restored.dropAll();
  await side.forget(id);
  return lines;
}

function say(lines: readonly Line[]): void {
  for (const { what, measurement } of lines) {
    const { peakRssBytes, wallMs } = measurement;
    const verdict =
      peakRssBytes === undefined ? 'unknown' : peakRssBytes <= limitBytes ? 'within 400 MiB' : 'OVER 400 MiB';
    const peak = peakRssBytes === undefined ? '?' : (peakRssBytes / 2 ** 20).toFixed(0);
    console.log(`${what}: peak RSS ${peak} MiB (${verdict}), ${(wallMs / 1000).toFixed(1)} s`);
  }
}

const { values: given } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    sets: { type: 'string', default: 'large,values' },
    url: { type: 'string' },
    data: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (given.help) {
  console.log(usage);
} else {
  const server = await openServer(given.url, given.data);
  try {
    console.error(`measured by ${measuringMethod()}`);
    const lines: Line[] = [];
    for (const set of [large, values]) {
      if (!given.sets.split(',').includes(set.name)) continue;
      lines.push(...(await measureSet(server, set, Number(given.scale), Number(given.jobs))));
    }
    if (lines.some(({ measurement }) => (measurement.peakRssBytes ?? 0) > limitBytes)) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}
