import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { TestSystem } from '../api/system.ts';

/** An empty directory for a store. */
export async function temporaryStore(t: TestContext): Promise<string> {
  const directory = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-store-'));
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Every file below a directory, by its path there. */
export async function filesIn(directory: string): Promise<string[]> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

/** What a restore into a new database gives of the small shop. */
export async function restored({ api, db }: TestSystem, backupId: number): Promise<unknown> {
  const database = db.freeName();
  await api.restore({ backupId, target: { mode: 'new-database', database }, wait: true });
  const { client } = await db.adopt(database);
  const { rows } = await client.query(
    'select (select count(*)::int from customers) as customers, (select sum(amount)::float8 from orders) as amount',
  );
  return rows[0];
}

export const wholeShop = { customers: 50, amount: 187_875 };
