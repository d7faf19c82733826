import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createBackupSystem, silentLogger } from '../src/index.ts';
import { certificateStatement, type CertificateStatement } from '../src/contract/certificate.ts';
import { databaseName, provideDataSet } from './databases.ts';
import { large } from './datasets/large.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory } from './server.ts';

/* How long a drill of a large database takes on a server of its own, by phase, beside the backup that it proves. */

const usage = `Usage: node bench/drill.ts [--scale N] [--runs N] [--jobs N] [--data DIR]

Takes one backup of the data set "large" into a directory and drills it N times (default 5). Scale 0.2 (the default) is about 1 GB as
COPY text. --data keeps the bench's own server, so that the data can be used again.
`;

interface Run {
  drillMs: number;
  statement: CertificateStatement;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', default: '0.2' },
      runs: { type: 'string', default: '5' },
      jobs: { type: 'string', default: '2' },
      data: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const server = await openServer(undefined, values.data);
  const folder = await temporaryDirectory();
  await fs.mkdir(path.join(folder, 'store'));
  const system = createBackupSystem({
    database: server.url(databaseName(large.name)),
    schema: 'holdfast',
    store: `file://${path.join(folder, 'store')}`,
    jobs: Number(values.jobs),
    auth: { authorize: () => false },
    logger: silentLogger,
  });
  try {
    await provideDataSet(server, large, Number(values.scale));
    const { api } = system;
    await api.init();
    const began = performance.now();
    const backup = await api.createBackup({ wait: true });
    const backupMs = Math.round(performance.now() - began);
    console.log(`${JSON.stringify(machine())}\n`);
    console.log(
      `backup: ${backup.tableCount} tables, ${backup.rowCount} rows, ${mega(backup.rawBytes)} as text, ${mega(backup.storedBytes)} stored, ${seconds(backupMs)}\n`,
    );
    const runs: Run[] = [];
    for (let n = 0; n < Number(values.runs); n++) {
      const started = performance.now();
      const { id, verdict, cause } = await api.drillBackup(backup.id, { wait: true });
      const { certificate } = await api.getDrill(id);
      if (verdict !== 'passed' || !certificate) throw new Error(`${verdict}: ${cause?.message}`);
      const statement = certificateStatement.parse(JSON.parse(certificate.statement));
      runs.push({ drillMs: Math.round(performance.now() - started), statement });
    }
    console.log(tableOf(runs));
  } finally {
    await system.stop();
    await server.stop();
    await fs.rm(folder, { recursive: true, force: true });
  }
}

function tableOf(runs: readonly Run[]): string {
  const phases = runs[0]!.statement.phases.map(({ phase }) => phase);
  const lines = phases.map((phase) => {
    const times = runs.map(({ statement }) => statement.phases.find((each) => each.phase === phase)!.ms);
    return [phase, ...times.map(seconds), seconds(median(times))];
  });
  const whole = runs.map(({ drillMs }) => drillMs);
  const rows = [...lines, ['the whole drill', ...whole.map(seconds), seconds(median(whole))]];
  const head = ['phase', ...runs.map((_, n) => `${n + 1}`), 'median'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function mega(bytes: number | null): string {
  return `${Math.round((bytes ?? 0) / 1e6)} MB`;
}

await main();
