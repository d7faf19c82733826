import type { TestContext } from 'node:test';
import type { HoldfastError } from '../../../src/base/errors.ts';
import type { ScratchAnswer } from '../../../src/engine/query/ask.ts';
import { openScratch, type Scratch } from '../../../src/engine/query/scratch.ts';
import type { Question } from '../../../src/engine/query/statement.ts';
import type { ScratchTarget } from '../../../src/engine/scratch/scratch-server.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/store.ts';
import { testDatabase, type FirstTestDatabase } from '../../support/database.ts';
import { takeBackup } from '../runs.ts';

export interface Asking {
  db: FirstTestDatabase;
  scratch: Scratch;
  ask: (sql: string, changes?: Partial<Question>) => Promise<ScratchAnswer>;
  /** Only the rows. */
  rows: (sql: string, changes?: Partial<Question>) => Promise<(string | null)[][]>;
  refusal: (sql: string, changes?: Partial<Question>) => Promise<HoldfastError>;
}

/** Questions of a backup of this database, in one scratch database. */
export async function asking(
  t: TestContext,
  sql: string,
  {
    target = { kind: 'embedded' },
    bytesMax = 100_000_000,
  }: { target?: ScratchTarget; bytesMax?: number } = {},
): Promise<Asking> {
  const db = await testDatabase(t);
  await db.client.query(sql);
  const store: Store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const { signal } = new AbortController();
  const scratch = await openScratch(target, manifest, { bytesMax, jobs: 2 }, signal);
  t.after(() => scratch.close());
  const ask: Asking['ask'] = (text, changes) =>
    scratch.ask(
      { sql: text, rowsMax: 1_000, answerBytesMax: 1_000_000, timeoutMs: 10_000, ...changes },
      store,
      signal,
    );
  return {
    db,
    scratch,
    ask,
    rows: async (...given) => (await ask(...given)).rows,
    refusal: (...given) =>
      ask(...given).then(
        ({ rows }) => {
          throw new Error(`it was answered: ${JSON.stringify(rows)}`);
        },
        (error: unknown) => error as HoldfastError,
      ),
  };
}
