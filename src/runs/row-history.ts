import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import { rowFinder, type RowFinder, type RowValues } from '../engine/diff/row-history.ts';
import type { WantedKey } from '../engine/look/key-values.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';
import { markDamagedOnError } from './damage.ts';
import { withIdentity } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';

export interface WantedHistory {
  table: string;
  key: WantedKey;
  /** Backups, the newest. */
  limit: number;
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

interface Place {
  id: number;
  /** ISO 8601 in UTC. */
  at: string;
}

export interface RowVersion {
  first: Place;
  last: Place;
  backups: number;
  state: 'there' | 'not there' | 'no table';
  values: RowValues;
  /** Columns that differ from the row before. */
  differing: string[];
}

export interface RowHistory {
  backups: number;
  more: boolean;
  versions: RowVersion[];
  skipped: { id: number; why: string }[];
  segmentsRead: number;
}

type Sight = Place & Pick<RowVersion, 'state' | 'values'>;

const limitMs = 10 * 60_000;
const backupsPerPage = 100;
/** What the caller has to correct, which is the same for every backup. */
const ofTheCaller = new Set(['INVALID_REQUEST', 'KEY_INVALID']);

/**
 * How a row was in each backup, from the newest back. One of which nothing can be known is skipped, with the reason.
 * @throws INVALID_REQUEST, KEY_INVALID; TABLES_NOT_FOUND when no backup has the table; the first failure when each has failed
 */
export async function rowHistory(
  context: RunContext,
  { table, key, limit, signal: leaving }: WantedHistory,
  identity: string | undefined,
): Promise<RowHistory> {
  const timer = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([context.stopping, timer, ...(leaving ? [leaving] : [])]);
  const finder = rowFinder({ table, key });
  const sights: Sight[] = [];
  const skipped: RowHistory['skipped'] = [];
  let backups = 0;
  let more = false;
  let failure: unknown;
  await withIdentity(context, identity, async (opened) => {
    for await (const record of newestFirst(opened)) {
      more = backups === limit || timer.aborted;
      if (more) return;
      backups++;
      try {
        sights.push(await sightOf(opened, record, finder, signal));
      } catch (error) {
        if (context.stopping.aborted || leaving?.aborted) throw error;
        const { code, message } = databaseFailure(error);
        if (ofTheCaller.has(code)) throw error;
        failure ??= error;
        skipped.push({ id: record.id, why: timer.aborted ? 'there was no time for it' : redact(message) });
      }
    }
  });
  if (sights.length === 0 && failure !== undefined) throw failure;
  if (backups > 0 && sights.every(({ state }) => state === 'no table')) {
    throw new HoldfastError('TABLES_NOT_FOUND', `None of ${backups} backups has a table ${table}.`);
  }
  return { backups, more, versions: versionsOf(sights), skipped, segmentsRead: finder.segmentsRead };
}

async function* newestFirst({ catalog }: RunContext): AsyncGenerator<BackupRecord> {
  let before: number | null = null;
  for (;;) {
    const { rows, more } = await catalog.backups.list({ limit: backupsPerPage, before, status: 'completed' });
    yield* rows;
    before = rows.at(-1)?.id ?? null;
    if (!more || before === null) return;
  }
}

async function sightOf(
  context: RunContext,
  record: BackupRecord,
  finder: RowFinder,
  signal: AbortSignal,
): Promise<Sight> {
  signal.throwIfAborted();
  const lock = await context.readLocks.hold(record.id);
  try {
    return await markDamagedOnError(context, record.id, async () => {
      const { store, manifest } = await openHeld(context, await completedBackup(context, record.id));
      const place = { id: record.id, at: manifest.snapshot.at };
      try {
        const values = await finder.find(store, manifest, AbortSignal.any([signal, lock.lost]));
        return { ...place, state: values ? 'there' : 'not there', values };
      } catch (error) {
        // A partial backup says nothing of the tables that it was not to have.
        const isWhole = manifest.requestedTables.length === 0;
        if (!(error instanceof HoldfastError && error.code === 'TABLES_NOT_FOUND' && isWhole)) throw error;
        return { ...place, state: 'no table', values: null };
      }
    });
  } finally {
    await lock.release();
  }
}

/** Backups that have the row alike are one version. */
function versionsOf(sights: readonly Sight[]): RowVersion[] {
  const versions: RowVersion[] = [];
  for (const { id, at, state, values } of sights.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const before = versions.at(-1);
    const differing = differences(before?.values ?? null, values);
    if (before?.state === state && differing.length === 0) {
      before.last = { id, at };
      before.backups++;
    } else {
      versions.push({ first: { id, at }, last: { id, at }, backups: 1, state, values, differing });
    }
  }
  return versions;
}

function differences(a: RowValues, b: RowValues): string[] {
  if (!a || !b) return [];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}
