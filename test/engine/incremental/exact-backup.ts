import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { backup, type FinishedBackup } from '../../../src/engine/backup/backup.ts';
import type { BackupRequest } from '../../../src/engine/requests.ts';
import { readRows } from '../../../src/engine/read/rows.ts';
import { rowDigest } from '../../../src/engine/read/row-digest.ts';
import type { ManifestTable } from '../../../src/format/manifest.ts';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import { displayName } from '../../../src/postgres/identifiers.ts';
import { copyOutStatement } from '../../../src/postgres/ranges.ts';
import { joinSnapshot, type SnapshotInfo } from '../../../src/postgres/snapshot.ts';
import type { Store } from '../../../src/store/store.ts';
import { othersEnded } from '../../support/others-ended.ts';

/**
 * Takes a backup and compares every row of it with what its own snapshot shows, read anew while that is open. Fails where any
 * table differs.
 * @param signal without one, transactions that others have begun end first, so that it can be told what is read the next time
 */
export async function exactBackup(
  source: ConnectionTarget,
  store: Store,
  request: Partial<BackupRequest>,
  signal?: AbortSignal,
): Promise<FinishedBackup> {
  if (!signal) await othersEnded(source);
  let snapshot: SnapshotInfo | undefined;
  const shown = new Map<string, string>();
  const finished = await backup(
    source,
    store,
    {
      uuid: randomUUID(),
      type: 'full',
      tables: [],
      jobs: 2,
      compressionLevel: 1,
      lockTimeoutMs: 10_000,
      own: { tables: [], schemas: [] },
      ...request,
      onSnapshot: (info) => (snapshot = info),
      async inPlace(at) {
        const placed = at({ store: 'test', counter: 1, previous: null });
        await placed.put();
        for (const [name, digest] of await digestsOf(source, snapshot!)) shown.set(name, digest);
        // What is cut off gives its locks back, and a name may be another table's then.
        signal?.throwIfAborted();
      },
    },
    { signal: signal ?? new AbortController().signal, report: () => {} },
  );
  const stored = new Map<string, string>();
  for (const table of finished.manifest.tables) {
    stored.set(displayName(table), await digestOfStored(store, table));
  }
  assert.deepEqual(stored, shown, 'the rows are those of the snapshot');
  return finished;
}

async function digestOfStored(store: Store, table: ManifestTable): Promise<string> {
  const digest = rowDigest();
  for await (const bytes of readRows(store, table.ranges, displayName(table))) digest.add(bytes);
  return `${table.rows} ${digest.value()}`;
}

async function digestsOf(source: ConnectionTarget, snapshot: SnapshotInfo): Promise<Map<string, string>> {
  const session = await joinSnapshot(source, snapshot, 'holdfast test', new AbortController().signal);
  try {
    const tables = await session.query<{ schema: string; name: string; columns: string[] | null }>(
      `select n.nspname as schema, c.relname as name, (select array_agg(a.attname::text order by a.attnum)
           from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
         from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`,
    );
    const digests = new Map<string, string>();
    for (const { schema, name, columns } of tables) {
      const digest = rowDigest();
      let rows = 0;
      await session.copyOut(
        [
          copyOutStatement(
            {
              schema,
              name,
              condition: null,
              columns: (columns ?? []).map((column) => ({
                name: column,
                type: '',
                notNull: false,
                identity: null,
                generated: null,
                collation: null,
              })),
            },
            { fromBlock: 0, toBlock: null },
          ),
        ],
        { data: (piece) => digest.add(piece), statementEnd: (count) => void (rows = count) },
      );
      digests.set(displayName({ schema, name }), `${rows} ${digest.value()}`);
    }
    return digests;
  } finally {
    await session.close();
  }
}
