import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { smallShop, testSystem } from '../api/system.ts';
import type { FirstTestDatabase } from '../support/database.ts';
import { holdfast, temporaryFolder, type Outcome } from './holdfast.ts';

export interface Shop {
  /** The folder of the store, and its address. */
  folder: string;
  store: string;
  /** Of its backups, in their order. */
  uuids: string[];
  db: FirstTestDatabase;
  /** Where the recovery key of a sealed store is. */
  identity: string;
  opening: readonly string[];
  /** What reads the store: no DATABASE_URL, and for a sealed store the identity. */
  run: (...args: string[]) => Promise<Outcome>;
}

/** A store with two backups of a small shop, whose database is gone with its catalog. */
export async function lostShop(t: TestContext, { sealed = false, sql = smallShop } = {}): Promise<Shop> {
  const folder = await temporaryFolder(t);
  const keys = await temporaryFolder(t);
  const identity = path.join(keys, 'recovery.key');
  const { recoveryKey, writerKey } = await createKeySet();
  await fs.writeFile(identity, recoveryKey);
  const store = `file://${folder}`;
  const { api, db, system } = await testSystem(t, {
    sql,
    store,
    ...(sealed ? { writerKey } : {}),
  });
  const first = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id = 500');
  const second = await api.createBackup({ wait: true, description: 'the last one' });
  await system.stop();
  await db.client.end();
  const admin = await db.createDatabase();
  await admin.client.query(`drop database "${db.name}" with (force)`);
  const opening = sealed ? ['--identity', identity] : [];
  return {
    folder,
    store,
    uuids: [first.uuid, second.uuid],
    db,
    identity,
    opening,
    run: reader(store, opening),
  };
}

export function reader(store: string, opening: readonly string[]): Shop['run'] {
  return (...args) => holdfast([...args, '--store', store, ...opening]);
}

/** What is asked of a shop that came back, and what its last backup has. */
export const counts = `select (select count(*)::int from customers) as customers, (select sum(amount)::float8 from orders) as amount`;
export const whole = { customers: 50, amount: 187_125 };

/** The address of a database on the server of the tests. */
export function addressOf(db: FirstTestDatabase, database: string): string {
  const address = new URL(db.connectionString);
  address.pathname = `/${database}`;
  return address.href;
}
