import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { databaseName, ownSchema, restoredDatabases, withClient } from './databases.ts';
import type { DataSet } from './datasets/dataset.ts';
import { measure, type Command } from './measure.ts';
import type { Side } from './pairing.ts';
import type { BenchServer } from './server.ts';

// What is published: `npm run bench` builds it first.
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const memoryBackup = fileURLToPath(new URL('memory-store-backup.ts', import.meta.url));

const backupAnswer = z.object({
  backup: z.object({ id: z.number(), rawBytes: z.number(), storedBytes: z.number() }),
});
const memoryAnswer = z.object({ storedBytes: z.number() });

/** What `holdfast backup --json` printed. */
export function readBackup(stdout: string) {
  return backupAnswer.parse(JSON.parse(stdout)).backup;
}

/** Holdfast as its users run it: the command line, a process of its own. */
export function holdfast(server: BenchServer, set: DataSet, jobs: number) {
  const database = databaseName(set.name);
  const env = { DATABASE_URL: server.url(database), HOLDFAST_SCHEMA: ownSchema };
  const command = (...args: string[]): Command => ({ file: process.execPath, args: [cli, ...args], env });
  const restored = restoredDatabases(server, 'restored_by_holdfast', set);

  async function init(): Promise<void> {
    // A run that was cut short may have left backups, and the next one would find their data again.
    await withClient(server.url(database), (client) =>
      client.query(`drop schema if exists ${ownSchema} cascade; create schema ${ownSchema}`),
    );
    await measure(command('init', '--json'));
  }

  async function takeBackup(): Promise<number> {
    const { stdout } = await measure(command('backup', '--json', '--jobs', String(jobs)));
    return readBackup(stdout).id;
  }

  /** So thoroughly that the next backup finds nothing it could use again, and no dead rows in its way. */
  async function forget(id: number): Promise<void> {
    await measure(command('delete', String(id), '--yes', '--json'));
    await withClient(server.url(database), async (client) => {
      const own = await client.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1`,
        [ownSchema],
      );
      const chunks = own.rows.map(({ name }) => name).filter((name) => name.includes('chunk'));
      for (const name of chunks) {
        const left = await client.query(`select from ${name} limit 1`);
        if (left.rowCount) throw new Error(`${name} still has rows after the only backup was deleted`);
      }
      await client.query(`vacuum analyze ${own.rows.map(({ name }) => name).join(', ')}`);
    });
  }

  /** With the chunks it is all that a backup keeps; a dump's directory holds its table of contents too. */
  async function manifestBytes(): Promise<number> {
    return await withClient(server.url(database), async (client) => {
      const { rows } = await client.query<{ bytes: string }>(
        `select coalesce(sum(pg_column_size(backup_data)), 0) as bytes from ${ownSchema}.system_backups`,
      );
      return Number(rows[0]?.bytes ?? 0);
    });
  }

  const backupSide: Side = {
    name: 'Holdfast',
    prepare: async () => command('backup', '--json', '--jobs', String(jobs)),
    async finish({ stdout }) {
      const { id, storedBytes } = readBackup(stdout);
      const bytes = storedBytes + (await manifestBytes());
      await forget(id);
      return { bytes };
    },
  };

  const memorySide: Side = {
    name: 'Holdfast, memory store',
    prepare: async () => ({ file: process.execPath, args: [memoryBackup, String(jobs)], env }),
    finish: async ({ stdout }) => ({ bytes: memoryAnswer.parse(JSON.parse(stdout)).storedBytes }),
  };

  function restoreSide(id: number): Side {
    return {
      name: 'Holdfast',
      async prepare() {
        const name = await restored.next();
        return command('restore', String(id), '--to-database', name, '--jobs', String(jobs), '--json');
      },
      async finish(_, last) {
        await restored.done(last);
        return {};
      },
    };
  }

  return { init, command, takeBackup, readBackup, forget, backupSide, memorySide, restoreSide, restored };
}
