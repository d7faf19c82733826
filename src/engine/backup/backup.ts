/*
 * backup/ owns the reading of a database: the snapshot and its locks, ranges, chunks, definitions, and the manifest that
 * they make. It never changes the database, and puts a manifest into the store only when all of its chunks are there.
 */
import { sum } from '../../base/sum.ts';
import { hash } from 'node:crypto';
import { abortReason } from '../../base/errors.ts';
import { format2 } from '../../format/backup-document.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readDatabaseProperties } from '../../postgres/inspect/database-properties.ts';
import { readExtensions, readRoles } from '../../postgres/inspect/relations.ts';
import { displayName } from '../../postgres/identifiers.ts';
import {
  copyLargeObjects,
  largeObjectsPerStatement,
  readLargeObjects,
} from '../../postgres/inspect/large-objects.ts';
import { readDependentsOf } from '../../postgres/inspect/own-dependents.ts';
import { readTextTypes } from '../../postgres/inspect/text-types.ts';
import { readSequences } from '../../postgres/inspect/sequences.ts';
import { prepareDumpThread } from '../../postgres/pg-dump/thread.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { requireSealing } from '../../format/sealing/keys.ts';
import { dataSettings } from '../../postgres/session-settings.ts';
import { joinSnapshot } from '../../postgres/snapshot.ts';
import type { Store } from '../../store/store.ts';
import { backupFailure } from './failure.ts';
import { backupWarnings, type BackupWarnings } from './warnings.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { manifestLargeObjects, manifestTable } from './manifest-tables.ts';
import { openBackupSnapshot, type BackupSnapshot } from './snapshot.ts';
import { confirmTypes } from './confirmed-types.ts';
import { confirmedSchema } from './confirmed-schema.ts';
import { warnOfHidden, warnOfPrinted, warnOfSecrets } from './definition-warnings.ts';
import { readBackupSource } from './backup-source.ts';
import { withoutOwnTables } from './own-tables-needed.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { rangeMemory, type RangeResult } from './range-memory.ts';
import { compareReread } from './reread.ts';
import { readRanges, type RangeData } from './range-reader.ts';
import { endedBefore, recall } from './recall.ts';
import type { BackupPlace, BackupRequest } from '../requests.ts';
import type { RunControl } from '../run.ts';
import { rangeTasks, type RangeTask } from './range-tasks.ts';
import { readQueuedFor, readTables, skipUnwritten, type TableReading as Reading } from './table-reader.ts';
import { anyBytes } from '../text-encoding.ts';
import { version } from '../../base/package.ts';
import { shareRanges, type RangeSharing } from './given-ranges.ts';
import { warnOfSearchPath } from './search-path-needed.ts';
import { unlessAborted } from '../../base/abort.ts';
import { tableReading, type TableReading } from './table-reading.ts';
import { readUnwritten } from './unwritten.ts';
import { keepConfirmed, noTable } from './confirmations.ts';
import type { SummaryUse } from '../../contract/reuse.ts';
import { documentOf, writePieces, type WrittenPieces } from './write-manifest.ts';

export interface FinishedBackup {
  manifest: Manifest;
  /** In the order of the manifest. */
  readings: TableReading[];
  /** Null where the server keeps none. */
  walSummaries: SummaryUse | null;
}

/**
 * Takes a backup: everything is read under one exported snapshot, chunks go to the store as they are made,
 * the manifest last. When it resolves the backup is complete and in the store; when it rejects there is no
 * manifest, and chunks left in the store are reused by the next run or swept.
 *
 * @throws CANCELLED (or the abort reason), TABLES_NOT_FOUND, TABLE_NOT_READABLE, ROW_SECURITY_ACTIVE,
 *   LOCK_TIMEOUT, TABLE_VANISHED, DATABASE_UNREACHABLE, SERVER_NOT_SUPPORTED, STORE_FAILED, BACKUP_FAILED
 */
export async function backup(
  source: ConnectionTarget,
  store: Store,
  request: BackupRequest,
  control: RunControl,
): Promise<FinishedBackup> {
  // Ends every connection of the run at the first failure, whichever part it comes from.
  const failing = new AbortController();
  const signal = AbortSignal.any([control.signal, failing.signal]);
  const fail = (error: unknown): void => failing.abort(error);
  let snapshot: BackupSnapshot | undefined;
  try {
    signal.throwIfAborted();
    // Started now, it is ready when there is a snapshot to read in.
    prepareDumpThread();
    snapshot = await openBackupSnapshot(source, request, signal);
    request.onSnapshot?.(snapshot.info);
    const written = await read(source, store, request, snapshot, signal, fail, control);
    signal.throwIfAborted();
    const inPlace = request.inPlace ?? ((at) => at(firstPlace(store)).put());
    await inPlace((place) => {
      const about = request.about ?? null;
      const { document } = documentOf(written, place, { keys: store.keys, about, at: new Date() });
      return {
        headerHash: hash('sha256', document.header),
        put: () => store.putManifest(request.uuid, document, written.names, request.fence),
      };
    });
    return { manifest: written.manifest, readings: written.readings, walSummaries: written.walSummaries };
  } catch (error) {
    fail(error);
    if (control.signal.aborted) throw abortReason(control.signal);
    throw backupFailure(failing.signal.reason ?? error);
  } finally {
    await snapshot?.lead.close();
  }
}

export function firstPlace({ keys }: Store): BackupPlace {
  return { store: keys.id ?? 'unnamed', counter: 1, previous: null };
}

async function read(
  source: ConnectionTarget,
  store: Store,
  request: BackupRequest,
  snapshot: BackupSnapshot,
  signal: AbortSignal,
  fail: (error: unknown) => void,
  control: RunControl,
): Promise<WrittenPieces & FinishedBackup> {
  const { lead, info, moment, tables } = snapshot;
  const meter = new ProgressMeter(control, tables.length, sum(tables.map((table) => table.relation.bytes)));
  const warnings = backupWarnings();
  const writer = new ChunkWriter(store, request.compressionLevel, request.jobs + 1, fail);
  meter.watch(() => writer.newBytes);
  const guarded = <T>(work: Promise<T>): Promise<T> => {
    work.catch(fail);
    return work;
  };
  let sharing: RangeSharing | undefined;
  try {
    // On a connection of its own: until its transaction ends, nobody can alter a sequence.
    const sequences = await readSequencesApart(source, request, snapshot, signal);
    meter.phase('data');
    const asBytes = info.encoding === anyBytes;
    const { compressionLevel, full = false, rereadDays = 0, known: place } = request;
    const oids = tables.map(({ relation }) => relation.oid);
    const types = await readTextTypes(lead, oids);
    const recollection = await recall(lead, tables, {
      place,
      types,
      seal: requireSealing(store.keys),
      compressionLevel,
      asBytes,
      encoding: info.encoding,
      full,
      xids: info.xids,
    });
    const { tables: recalled, key } = recollection;
    const unwritten = moment && (await readUnwritten(source, lead, recollection, signal));
    const tasks = rangeTasks(tables, recalled, asBytes, rereadDays);
    const data = new Map<RangeTask, RangeResult>();
    const memory = rangeMemory(recalled, place, key, endedBefore(info.xids));
    const reading: Reading = {
      source,
      snapshot,
      signal,
      writer,
      meter,
      tasks,
      queuedFor: [],
      data,
      memory,
      place,
      key,
    };
    const walSummaries = unwritten && (await skipUnwritten(reading, unwritten));
    const terms = { version, snapshot: info, compressionLevel, mark: source.mark };
    sharing = request.shared && (await shareRanges(reading, request.shared, terms, fail));
    const schema = guarded(snapshot.schema);
    const readers = Array.from({ length: Math.min(request.jobs, reading.tasks.length) }, async (_, i) => {
      // Of many tables the schema takes longest. Its connection counts as one of the jobs, or it would be last by far.
      if (i > 0 && i === request.jobs - 1) await schema;
      await guarded(readTables({ ...reading, sharing }, `holdfast backup ${i + 1}`));
    });
    const rest = guarded(readRest(lead, request, writer, meter, signal, warnings));
    // All of them have ended, one way or another, before anything else happens.
    await Promise.allSettled([...readers, schema, rest]);
    await Promise.all([...readers, schema, rest]);
    await sharing?.end();
    await readQueuedFor(reading);
    // The store may be waiting for something that takes longer than a user waits for a cancellation.
    await unlessAborted(writer.flush(), signal);
    meter.phase('finishing');
    await confirmTypes(source, oids, types, signal);
    await unlessAborted(compareReread(store, data, warnings), signal);
    const confirmed = await memory.finish();
    if (moment) await keepConfirmed(place, recollection, moment, confirmed, request.type === 'full');
    const { dumper, entries: dumped, messages } = await confirmedSchema(snapshot);
    warnOfPrinted(messages, warnings);
    const { objects, objectRanges, dependents, ...described } = await rest;
    const { entries, leftOut } = withoutOwnTables(dumped, dependents, warnings);
    const largeObjects = manifestLargeObjects(objects, objectRanges);
    const entryByOid = new Map(
      entries.filter((entry) => entry.kind === 'TABLE').map((entry) => [entry.oid, entry.id]),
    );
    const manifestTables = tables.map((table) =>
      manifestTable(
        table,
        data,
        entryByOid.get(table.relation.oid) ?? null,
        recalled.get(table)?.key?.name ?? null,
      ),
    );
    const manifest: Manifest = {
      format: format2,
      uuid: request.uuid,
      type: request.type,
      requestedTables: request.tables,
      snapshot: { at: info.at, lsn: info.lsn, xids: info.xids },
      settings: { ...dataSettings, ...(asBytes ? { client_encoding: anyBytes } : {}) },
      ...described,
      roles: [
        ...new Set([...described.roles, ...entries.flatMap((entry) => (entry.owner ? [entry.owner] : []))]),
      ].toSorted(),
      schema: { dumper, entries, leftOut },
      tables: manifestTables,
      sequences,
      largeObjects,
      warnings: warnings.list(),
      totals: {
        tables: manifestTables.length,
        rows: sum(manifestTables.map((table) => table.rows)),
        rawBytes: sum(manifestTables.map((table) => table.rawBytes)) + largeObjects.rawBytes,
        storedBytes: writer.storedBytes,
        chunks: writer.chunks,
        largeObjects: largeObjects.objects.length,
      },
    };
    const written = await writePieces(manifest, (raw, plain) => writer.put(raw, plain));
    await unlessAborted(writer.flush(), signal);
    if (request.type === 'full') await place?.keepOnly([noTable, ...oids]);
    const readings = tables.map((table) => tableReading(table, data, recalled.get(table)!));
    return { ...written, readings, walSummaries };
  } finally {
    await sharing?.end();
    meter.stop();
  }
}

/** What is not in a table. */
interface Rest extends Pick<Manifest, 'source' | 'database' | 'roles' | 'extensions'> {
  objects: Manifest['largeObjects']['objects'];
  objectRanges: RangeData[];
  /** What cannot be made without our own tables. */
  dependents: Set<string>;
}

async function readSequencesApart(
  source: ConnectionTarget,
  { own, lockTimeoutMs }: BackupRequest,
  { info }: BackupSnapshot,
  signal: AbortSignal,
): Promise<Manifest['sequences']> {
  const session = await joinSnapshot(source, info, 'holdfast backup sequences', signal);
  try {
    await session.execute(`set local lock_timeout = ${lockTimeoutMs}`);
    const ours = new Set(own.tables.map(displayName));
    return (await readSequences(session)).filter(
      ({ schema, ownedBy }) => !own.schemas.includes(schema) && !(ownedBy && ours.has(displayName(ownedBy))),
    );
  } finally {
    await session.close();
  }
}

/** What the lead connection reads beside the tables. */
async function readRest(
  lead: Session,
  request: BackupRequest,
  writer: ChunkWriter,
  meter: ProgressMeter,
  signal: AbortSignal,
  warnings: BackupWarnings,
): Promise<Rest> {
  await warnOfHidden(lead, warnings);
  const source = await readBackupSource(lead, request.before, warnings);
  const { properties: database, secrets } = await readDatabaseProperties(lead);
  warnOfSecrets(secrets, warnings);
  const roles = await readRoles(lead);
  const extensions = await readExtensions(lead);
  // Large objects belong to no table: a partial backup has none.
  const objects = request.type === 'full' ? await readLargeObjects(lead) : [];
  const objectRanges: RangeData[] = [];
  for (let at = 0; at < objects.length; at += largeObjectsPerStatement) {
    const oids = objects.slice(at, at + largeObjectsPerStatement).map((object) => object.oid);
    const reading = readRanges(lead, { copies: [copyLargeObjects(oids)] }, writer, (bytes) =>
      meter.addRawBytes(bytes),
    );
    objectRanges.push(...(await unlessAborted(reading, signal)).ranges);
  }
  const dependents = await readDependentsOf(lead, request.own);
  await warnOfSearchPath(lead, warnings);
  return { source, database, roles, extensions, objects, objectRanges, dependents };
}
