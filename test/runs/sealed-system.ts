import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type pg from 'pg';
import { createKeySet, storeOfWriterKey } from '../../src/format/sealing/key-set.ts';
import { recipientsOf } from '../../src/format/sealing/key-set.ts';
import type { Logger, Options } from '../../src/index.ts';
import { caller, smallShop, testSystem, type TestSystem } from '../api/system.ts';

export async function folder(t: TestContext): Promise<string> {
  const directory = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-store-'));
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

export type SealedPlace = 'directory' | 'database';

/** A system with the writer key alone, whose backups are sealed. */
export interface SealedSystem extends TestSystem {
  /** Of a directory. */
  directory: string;
  /** Text of the recovery key, and the secret in it. */
  recoveryKey: string;
  secret: string;
  writerKey: string;
  recipient: string;
  options: Partial<Options>;
  /** What the system and every other one with `options` has logged. */
  log: string[];
}

export async function sealedSystem(
  t: TestContext,
  {
    sql = smallShop,
    place = 'directory' as SealedPlace,
    ...more
  }: Partial<Options> & { sql?: string; place?: SealedPlace } = {},
): Promise<SealedSystem> {
  const directory = await folder(t);
  const { recoveryKey, writerKey } = await createKeySet();
  const log: string[] = [];
  const logger: Logger = { log: (...line) => void log.push(JSON.stringify(line)) };
  const options: Partial<Options> =
    place === 'directory'
      ? { store: `file://${directory}`, writerKey, logger, ...more }
      : { stores: { database: { address: 'database:', writerKey } }, logger, ...more };
  // Its tables are copied from those of another test, which know nothing of a store.
  const { stores: _, store: __, ...rest } = options;
  const plain = await testSystem(t, { sql, ...rest });
  const system = plain.another(options);
  return {
    ...plain,
    system,
    api: system.api,
    call: caller(system),
    directory,
    recoveryKey,
    secret: /AGE-SECRET-KEY-\S+/.exec(recoveryKey)![0],
    writerKey,
    recipient: recipientsOf(storeOfWriterKey(writerKey).wrappedKeys.keys())[0]!,
    options,
    log,
  };
}

/** Every row of every table of ours, as text. */
export async function catalogText(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
       and (relname like 'system\\_%' or relname like 'backup\\_%' or relname like 'holdfast%')`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const found = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
    texts.push(...found.rows.map(({ row }) => `${name} ${row}`));
  }
  return texts.join('\n');
}

/** Where any of the words is, in any of the texts: a name and a content each. */
export function placesOf(
  words: readonly string[],
  texts: Iterable<readonly [string, string | Buffer]>,
): string[] {
  const found: string[] = [];
  for (const [name, content] of texts) {
    for (const word of words) if (content.includes(word)) found.push(`${word} in ${name}`);
  }
  return found;
}

export async function filesIn(directory: string): Promise<Map<string, Buffer>> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(directory, file), await fs.readFile(file));
  }
  return files;
}
