import { HoldfastError } from '../../base/errors.ts';
import type { ManifestColumn, ManifestTable } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readReferences } from '../../postgres/inspect/constraints.ts';
import { heldRelations, readSchemaVersions, type SchemaVersions } from '../../postgres/inspect/held-names.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { readColumns, readRelations, type LiveRelation } from '../../postgres/inspect/relations.ts';
import { dumpSchema, type DumpedSchema } from '../../postgres/pg-dump/pg-dump.ts';
import { Session } from '../../postgres/wire/session.ts';
import { readingSettings } from '../../postgres/session-settings.ts';
import { exportSnapshot, type SnapshotInfo } from '../../postgres/snapshot.ts';
import { awaitEnded, readWalMoment, type WalMoment } from '../../postgres/wal-moment.ts';
import { keepsSummaries } from '../../postgres/wal-summaries.ts';
import { ancestorsOf } from '../../postgres/inspect/ancestors.ts';
import type { RangeTask } from './range-tasks.ts';
import type { BackupRequest } from '../requests.ts';
import { requireReadable } from '../entries/readable.ts';
import { selectByPattern, withDescendants } from '../entries/selection.ts';
import { anyBytes } from '../text-encoding.ts';

/** A table to be read, and how far it has been read. */
export interface SourceTable {
  relation: LiveRelation;
  columns: ManifestColumn[];
  ancestors: ManifestTable['ancestors'];
  loadVia: ManifestTable['loadVia'];
  tasks: RangeTask[];
  rangesLeft: number;
  /** Blocks of each range; null where the whole table is one. */
  blocksPerRange: number | null;
}

export interface BackupSnapshot {
  /** The connection whose transaction holds the snapshot and the locks. */
  lead: Session;
  info: SnapshotInfo;
  /** Before the snapshot; null where the server keeps no summaries of its log, or nothing is kept of what is found out. */
  moment: WalMoment | null;
  tables: SourceTable[];
  /** Began as soon as there was a snapshot; never an unhandled rejection. */
  schema: Promise<DumpedSchema>;
  /** The schemas as they were before that. */
  schemaVersions: SchemaVersions;
  /** Reads the definitions once more. */
  readSchemaAgain(): Promise<DumpedSchema>;
}

/** How often a new snapshot is taken if tables were rewritten between snapshot and lock. */
const attempts = 5;
const tablesPerLock = 500;
/** Most transactions are over sooner. */
const runningLimitMs = 1_000;

/**
 * A snapshot with ACCESS SHARE locks on every table to be read. A table that was truncated or rewritten after
 * the snapshot and before its lock would read as empty or torn, silently (PostgreSQL: "Caveats" of MVCC); such a
 * snapshot is given up and another one taken.
 */
export async function openBackupSnapshot(
  source: ConnectionTarget,
  request: BackupRequest,
  signal: AbortSignal,
): Promise<BackupSnapshot> {
  const lead = await Session.open(
    source,
    { applicationName: 'holdfast backup', settings: readingSettings },
    signal,
  );
  try {
    const moment = request.known ? await takeMoment(lead, signal) : null;
    for (let attempt = 1; ; attempt++) {
      const giveUp = new AbortController();
      const readSchema = (snapshotId: string | Promise<string>): Promise<DumpedSchema> =>
        dumpSchema(source, {
          snapshot: snapshotId,
          excludeTables: request.own.tables,
          excludeSchemas: request.own.schemas,
          lockTimeoutMs: request.lockTimeoutMs,
          signal: AbortSignal.any([signal, giveUp.signal]),
        });
      // On a database of thousands of tables this takes longest: it connects while the snapshot is made, and reads beside all else.
      const snapshotId = Promise.withResolvers<string>();
      // What reads the schema may have failed before it asks for it.
      snapshotId.promise.catch(() => {});
      const schema = readSchema(snapshotId.promise);
      schema.catch(() => {});
      let changed: string[];
      try {
        const info = await exportSnapshot(lead, request.lockTimeoutMs);
        requireSupported(info);
        const schemaVersions = await readSchemaVersions(lead);
        snapshotId.resolve(info.id);
        // There names may be of any bytes; pg_dump finds out which are, and nothing is read before.
        if (info.encoding === anyBytes) await schema;
        const relations = await readRelations(lead);
        const chosen = chooseTables(relations, request);
        changed = await lockTables(lead, chosen);
        if (changed.length === 0) {
          const tables = await describe(lead, relations, chosen);
          return {
            lead,
            info,
            moment,
            tables,
            schema,
            schemaVersions,
            readSchemaAgain: () => readSchema(info.id),
          };
        }
      } catch (error) {
        giveUp.abort(error);
        snapshotId.reject(error);
        await schema.catch(() => {});
        throw error;
      }
      giveUp.abort();
      await schema.catch(() => {});
      await lead.execute('rollback');
      if (attempt === attempts) {
        throw new HoldfastError(
          'TABLE_VANISHED',
          `Tables were dropped, renamed, truncated or rewritten at each of ${attempts} attempts: ${changed.join(', ')}.`,
          { details: { tables: changed } },
        );
      }
    }
  } catch (error) {
    await lead.close();
    throw error;
  }
}

/** @throws SERVER_NOT_SUPPORTED */
export function requireSupported({ serverVersionNum }: SnapshotInfo): void {
  if (serverVersionNum >= 140000) return;
  throw new HoldfastError(
    'SERVER_NOT_SUPPORTED',
    `The server has version ${serverVersionNum}; PostgreSQL 14 or later is needed.`,
  );
}

/**
 * A moment of the log such that, if transactions that run end soon, none that the snapshot will not show has written before it. Where
 * they go on, a moment that was taken before they began has to do.
 */
async function takeMoment(lead: Session, signal: AbortSignal): Promise<WalMoment | null> {
  if (!(await keepsSummaries(lead))) return null;
  const moment = await readWalMoment(lead);
  if (moment) await awaitEnded(lead, moment.next, runningLimitMs, signal);
  return moment;
}

/** The relations whose rows are read. @throws TABLES_NOT_FOUND, TABLE_NOT_READABLE, ROW_SECURITY_ACTIVE */
function chooseTables(relations: readonly LiveRelation[], request: BackupRequest): LiveRelation[] {
  const own = new Set(request.own.tables.map(displayName));
  const ownSchemas = new Set(request.own.schemas);
  const candidates = relations.filter(
    (relation) =>
      !own.has(displayName(relation)) &&
      !ownSchemas.has(relation.schema) &&
      // Rows of an extension's own that it did not ask to have dumped are made by CREATE EXTENSION.
      (relation.extension === null || relation.extension.condition !== null),
  );
  let selected: Iterable<LiveRelation> = candidates;
  if (request.tables.length > 0) {
    const named = selectByPattern(
      request.tables,
      candidates.filter((relation) => relation.kind === 'r' || relation.kind === 'p'),
    );
    selected = withDescendants(named, candidates);
  }
  const chosen = [...selected].filter((relation) => relation.kind === 'r');
  requireReadable(chosen);
  return chosen;
}

/** Locks the tables. @returns the names of those that are no longer what the snapshot saw */
export async function lockTables(lead: Session, tables: readonly LiveRelation[]): Promise<string[]> {
  // A savepoint, because a table dropped meanwhile makes LOCK fail, and the names are wanted then.
  await lead.execute('savepoint locks');
  try {
    for (let at = 0; at < tables.length; at += tablesPerLock) {
      const names = tables.slice(at, at + tablesPerLock).map((table) => `only ${quoteName(table)}`);
      await lead.execute(`lock table ${names.join(', ')} in access share mode`);
    }
  } catch (error) {
    if ((error as { code?: string }).code !== '42P01') throw error;
    await lead.execute('rollback to savepoint locks');
  }
  if (tables.length === 0) return [];
  // LOCK and COPY go by name: one that another table has taken over meanwhile would read as that table.
  const held = await heldRelations(
    lead,
    tables.map((table) => table.oid),
  );
  const now = await lead.query<{ named: string | null; file_node: string | null }>(
    `select pg_catalog.to_regclass(o.name)::pg_catalog.oid::pg_catalog.int8 as named,
       pg_catalog.pg_relation_filenode(o.oid)::pg_catalog.int8 as file_node
     from rows from (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[]))
       with ordinality o(oid, name, place) order by o.place`,
    [tables.map((table) => table.oid), tables.map(quoteName)],
  );
  return tables
    .filter(
      ({ oid, fileNode }, i) =>
        !held.has(oid) || now[i]?.named !== String(oid) || now[i].file_node !== String(fileNode),
    )
    .map(displayName);
}

async function describe(
  lead: Session,
  relations: readonly LiveRelation[],
  chosen: readonly LiveRelation[],
): Promise<SourceTable[]> {
  const columns = await readColumns(
    lead,
    chosen.map((relation) => relation.oid),
  );
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const ordered = await extensionTablesInOrder(lead, chosen);
  return ordered.map((relation) => {
    const ancestors = ancestorsOf(relation, byOid);
    return {
      relation,
      columns: columns.get(relation.oid) ?? [],
      ancestors: ancestors.map(nameOf),
      loadVia: loadVia(ancestors),
      tasks: [],
      rangesLeft: 0,
      blocksPerRange: null,
    };
  });
}

/**
 * Tables of extensions have their foreign keys from the moment CREATE EXTENSION makes them, so those that are
 * referred to come first, and all of them before other tables. In a cycle the order stays as it is.
 */
async function extensionTablesInOrder(
  lead: Session,
  chosen: readonly LiveRelation[],
): Promise<LiveRelation[]> {
  const members = chosen.filter((relation) => relation.extension);
  const references = await readReferences(
    lead,
    members.map((relation) => relation.oid),
  );
  const ordered = new Set<LiveRelation>();
  const underWay = new Set<number>();
  const place = (relation: LiveRelation): void => {
    if (ordered.has(relation) || underWay.has(relation.oid)) return;
    underWay.add(relation.oid);
    for (const { from, to } of references) {
      const referred = from === relation.oid && members.find((member) => member.oid === to);
      if (referred) place(referred);
    }
    ordered.add(relation);
  };
  for (const relation of members) place(relation);
  for (const relation of chosen) ordered.add(relation);
  return [...ordered];
}

function nameOf({ schema, name }: LiveRelation): { schema: string; name: string } {
  return { schema, name };
}

/** The topmost partitioned table, where any on the way to it spreads rows by the hash of an enum. */
function loadVia(ancestors: readonly LiveRelation[]): ManifestTable['loadVia'] {
  if (!ancestors.some((ancestor) => ancestor.hashedByEnum)) return null;
  const top = ancestors.find((ancestor) => ancestor.parents.length === 0);
  return top ? nameOf(top) : null;
}
