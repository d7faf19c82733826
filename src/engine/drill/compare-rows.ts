import type { DrilledTable } from '../../contract/certificate.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { RowSum } from '../../format/row-sum.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { copyLargeObjects, largeObjectsPerStatement } from '../../postgres/inspect/large-objects.ts';
import { copyOutStatement } from '../../postgres/ranges.ts';
import { readingSettings } from '../../postgres/session-settings.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { readChunks } from '../read/chunk-reader.ts';
import type { RowTaker } from '../restore/load-table.ts';
import { anyBytes, textSettings } from '../text-encoding.ts';
import { hashedRows, RowHash } from './row-hash.ts';

/** Hashes the rows of a backup while they are loaded; a table's parts are loaded by several connections. */
export interface LoadedRows {
  takerOf(table: ManifestTable): RowTaker;
  sumsOf(table: ManifestTable): Promise<RowSum[]>;
}

export function loadedRows(): LoadedRows {
  const hashes = new Map<ManifestTable, RowHash[]>();
  return {
    takerOf(table) {
      const taker = new RowHash();
      hashes.set(table, [...(hashes.get(table) ?? []), taker]);
      return taker;
    },
    sumsOf: (table) => Promise.all((hashes.get(table) ?? []).map((each) => each.end())),
  };
}

export interface ComparedRows {
  tables: DrilledTable[];
  /** Sentences; empty when every row is there. */
  problems: string[];
}

/** Where partitions may hold other rows than before, as `loadVia` says, all partitions of a table count as one. */
interface Group {
  name: string;
  tables: ManifestTable[];
}

/**
 * Reads every table of the restored database and compares its rows with those of the backup.
 * @param onTable is told which one is read
 */
export async function compareRows(
  database: ConnectionTarget,
  manifest: Manifest,
  loaded: LoadedRows,
  { jobs, signal, onTable }: { jobs: number; signal: AbortSignal; onTable: (table: ManifestTable) => void },
): Promise<ComparedRows> {
  const groups = groupsOf(manifest.tables);
  const found: DrilledTable[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    if (next >= groups.length) return;
    const session = await openReader(database, manifest, signal);
    try {
      for (let place = next++; place < groups.length; place = next++) {
        const group = groups[place]!;
        found[place] = await compareGroup(session, group, manifest, loaded, onTable);
      }
    } finally {
      await session.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, Math.max(1, groups.length)) }, work));
  return { tables: found, problems: found.flatMap((each) => problemOf(each) ?? []) };
}

function groupsOf(tables: readonly ManifestTable[]): Group[] {
  return [...Map.groupBy(tables, (table) => displayName(table.loadVia ?? table))].map(([name, members]) => ({
    name,
    tables: members,
  }));
}

async function compareGroup(
  session: Session,
  { name, tables }: Group,
  manifest: Manifest,
  loaded: LoadedRows,
  onTable: (table: ManifestTable) => void,
): Promise<DrilledTable> {
  const [inBackup, restored]: [RowSum[], RowSum[]] = [[], []];
  for (const table of tables) {
    onTable(table);
    inBackup.push(...(await loaded.sumsOf(table)));
    const asBytes = manifest.source.encoding === anyBytes;
    restored.push(
      await hashOf(session, copyOutStatement({ ...table, asBytes }, { fromBlock: 0, toBlock: null })),
    );
  }
  const [backup, database] = [hashedRows(inBackup), hashedRows(restored)];
  return {
    table: name,
    // What the manifest promises; that as many were loaded was proved before.
    rowsInBackup: tables.reduce((sum, table) => sum + table.rows, 0),
    rowsRestored: database.rows,
    hashInBackup: backup.hash,
    hashRestored: database.hash,
  };
}

function problemOf(each: DrilledTable): string | undefined {
  if (each.rowsInBackup !== each.rowsRestored) {
    return `${each.table} has ${each.rowsRestored} rows where the backup has ${each.rowsInBackup}.`;
  }
  if (each.hashInBackup === each.hashRestored) return undefined;
  return `${each.table} has as many rows as the backup, and at least one of them is another.`;
}

/** Sentences about the large objects, which are read from both sides. */
export async function compareLargeObjects(
  database: ConnectionTarget,
  store: Store,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<string[]> {
  const { objects, chunks, rows } = manifest.largeObjects;
  const expected = new RowHash();
  for await (const raw of readChunks(store, chunks)) {
    signal.throwIfAborted();
    await expected.add(raw);
  }
  const session = await openReader(database, manifest, signal);
  try {
    await session.execute('begin');
    const [there] = await session.query<{ count: string }>(
      'select pg_catalog.count(*)::pg_catalog.text as count from pg_catalog.pg_largeobject_metadata',
    );
    if (Number(there!.count) !== objects.length) {
      return [`There are ${there!.count} large objects where the backup has ${objects.length}.`];
    }
    const found: RowSum[] = [];
    for (let at = 0; at < objects.length; at += largeObjectsPerStatement) {
      const oids = objects.slice(at, at + largeObjectsPerStatement).map(({ oid }) => oid);
      found.push(await hashOf(session, copyLargeObjects(oids)));
    }
    const [backup, restored] = [hashedRows([await expected.end()]), hashedRows(found)];
    if (restored.rows !== rows || restored.hash !== backup.hash) {
      return ['The contents of the large objects are not those of the backup.'];
    }
    return [];
  } finally {
    await session.close();
  }
}

export function openReader(
  database: ConnectionTarget,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Session> {
  const settings = { ...readingSettings, ...textSettings(manifest) };
  return Session.open(database, { applicationName: 'holdfast drill', settings }, signal);
}

async function hashOf(session: Session, statement: string): Promise<RowSum> {
  const taker = new RowHash();
  let waiting = false;
  let failure: unknown;
  await session.copyOut([statement], {
    data(piece) {
      const full = taker.add(piece);
      if (!full || waiting) return;
      waiting = true;
      session.pauseReading();
      full
        .catch((error: unknown) => (failure ??= error))
        .finally(() => {
          waiting = false;
          session.resumeReading();
        });
    },
    statementEnd: () => {},
  });
  if (failure !== undefined) throw failure;
  return taker.end();
}
