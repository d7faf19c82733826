import { HoldfastError } from '../../base/errors.ts';
import { redact } from '../../base/redaction.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { Store } from '../../store/store.ts';
import type { WantedKey } from '../look/key-values.ts';
import { rowFinder, type RowFinder, type RowValues } from './row-history.ts';

/** One backup of which a row is looked for; `Name` is how it is named: `{id: 12}`. */
export interface LookedInto<Name extends object> {
  name: Name;
  /** @param find looks into it, once it is open */
  look(find: (store: Store, manifest: Manifest, signal: AbortSignal) => Promise<Sight>): Promise<Sight>;
}

/** How one backup has a row. */
export interface Sight {
  /** ISO 8601 in UTC. */
  at: string;
  state: 'there' | 'not there' | 'no table';
  values: RowValues;
}

export type Place<Name extends object> = Name & Pick<Sight, 'at'>;

export interface RowVersion<Name extends object> extends Pick<Sight, 'state' | 'values'> {
  first: Place<Name>;
  last: Place<Name>;
  backups: number;
  /** Columns that differ from the row before. */
  differing: string[];
}

export interface RowHistory<Name extends object> {
  backups: number;
  more: boolean;
  versions: RowVersion<Name>[];
  skipped: (Name & { why: string })[];
  segmentsRead: number;
}

export interface WantedHistory {
  table: string;
  key: WantedKey;
  /** Backups, the newest. */
  limit: number;
}

const limitMs = 10 * 60_000;
/** What the caller has to correct, which is the same for every backup. */
const ofTheCaller = new Set(['INVALID_REQUEST', 'KEY_INVALID']);

/**
 * How a row was in each backup, from the newest back. One of which nothing can be known is skipped, with the reason.
 * @param leaving ends it
 * @throws INVALID_REQUEST, KEY_INVALID; TABLES_NOT_FOUND when no backup has the table; the first failure when each has failed
 */
export async function historyIn<Name extends object>(
  newestFirst: AsyncIterable<LookedInto<Name>>,
  { table, key, limit }: WantedHistory,
  leaving: AbortSignal,
): Promise<RowHistory<Name>> {
  const timer = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([leaving, timer]);
  const finder = rowFinder({ table, key });
  const sights: (Sight & { name: Name })[] = [];
  const skipped: RowHistory<Name>['skipped'] = [];
  let backups = 0;
  let more = false;
  let failure: unknown;
  for await (const { name, look } of newestFirst) {
    more = backups === limit || timer.aborted;
    if (more) break;
    backups++;
    try {
      signal.throwIfAborted();
      const sight = await look((store, manifest, lost) =>
        sightOf(finder, store, manifest, AbortSignal.any([signal, lost])),
      );
      sights.push({ ...sight, name });
    } catch (error) {
      if (leaving.aborted) throw error;
      const { code, message } = databaseFailure(error);
      if (ofTheCaller.has(code)) throw error;
      failure ??= error;
      skipped.push({ ...name, why: timer.aborted ? 'there was no time for it' : redact(message) });
    }
  }
  if (sights.length === 0 && failure !== undefined) throw failure;
  if (backups > 0 && sights.every(({ state }) => state === 'no table')) {
    throw new HoldfastError('TABLES_NOT_FOUND', `None of ${backups} backups has a table ${table}.`);
  }
  return { backups, more, versions: versionsOf(sights), skipped, segmentsRead: finder.segmentsRead };
}

async function sightOf(
  finder: RowFinder,
  store: Store,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Sight> {
  const { at } = manifest.snapshot;
  try {
    const values = await finder.find(store, manifest, signal);
    return { at, state: values ? 'there' : 'not there', values };
  } catch (error) {
    // A partial backup says nothing of the tables that it was not to have.
    const isWhole = manifest.requestedTables.length === 0;
    if (!(error instanceof HoldfastError && error.code === 'TABLES_NOT_FOUND' && isWhole)) throw error;
    return { at, state: 'no table', values: null };
  }
}

/** Backups that have the row alike are one version. */
function versionsOf<Name extends object>(sights: readonly (Sight & { name: Name })[]): RowVersion<Name>[] {
  const versions: RowVersion<Name>[] = [];
  for (const { name, at, state, values } of sights.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const before = versions.at(-1);
    const differing = differences(before?.values ?? null, values);
    const place = { ...name, at };
    if (before?.state === state && differing.length === 0) {
      before.last = place;
      before.backups++;
    } else {
      versions.push({ first: place, last: place, backups: 1, state, values, differing });
    }
  }
  return versions;
}

function differences(a: RowValues, b: RowValues): string[] {
  if (!a || !b) return [];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}
