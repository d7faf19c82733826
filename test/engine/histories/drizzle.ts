import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { drizzle as drizzleOver } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { openClient } from '../../support/connect.ts';
import type { MigrationTool } from './replay.ts';

const folder = path.join(import.meta.dirname, 'drizzle');

interface Journal {
  entries: { tag: string; when: number }[];
}

async function journal(): Promise<Journal> {
  return JSON.parse(await fs.readFile(path.join(folder, 'meta/_journal.json'), 'utf8')) as Journal;
}

/** Drizzle's own migrator, on the folder as it was at a step: its journal ends there. */
export const drizzle: MigrationTool = {
  name: 'Drizzle',
  bookkeeping: 'drizzle.__drizzle_migrations',
  steps: async () => (await journal()).entries.map(({ tag }) => tag),
  async deploy(connectionString, step) {
    const { entries, ...rest } = await journal();
    const place = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-drizzle-'));
    const client = await openClient({ connectionString });
    const noted = async (): Promise<number> => {
      const { rows } = await client.query<{ when: string | null }>(
        `select max(created_at) as "when" from drizzle.__drizzle_migrations`,
      );
      return Number(rows[0]!.when);
    };
    try {
      const { rows } = await client.query<{ there: boolean }>(
        `select to_regclass('drizzle.__drizzle_migrations') is not null as there`,
      );
      const before = rows[0]!.there ? await noted() : 0;
      await fs.cp(folder, place, { recursive: true });
      await fs.writeFile(
        path.join(place, 'meta/_journal.json'),
        JSON.stringify({ ...rest, entries: entries.slice(0, step + 1) }),
      );
      await migrate(drizzleOver(client), { migrationsFolder: place });
      const after = await noted();
      return entries.filter(({ when }) => when > before && when <= after).map(({ tag }) => tag);
    } finally {
      await client.end();
      await fs.rm(place, { recursive: true });
    }
  },
};
