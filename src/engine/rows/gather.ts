import type { Manifest, ManifestRange, ManifestTable } from '../../format/manifest.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import type { RowsRequest } from '../requests.ts';
import { checkedCondition, rangesSatisfying, readOnly } from './condition.ts';
import { rangesHolding } from './line-filter.ts';
import { namedParts } from './named-parts.ts';
import { relatives } from './relatives.ts';
import type { LiveTables } from './live-tables.ts';
import type { Gathered, GatheredRows } from './rows.ts';
import { scratch, type Scratch } from './scratch.ts';
import { wantedKeys } from './wanted-keys.ts';

/**
 * Reads the rows that are asked for out of a backup, with their children and parents if those are wanted too, into temporary
 * tables of `session`. In its transaction, which has written nothing yet.
 * @param allow called with each table before its rows are read: throws where they are not to be brought back
 * @throws TABLES_NOT_FOUND, INVALID_REQUEST, ROWS_UNFIT; CHUNK_MISSING, CHUNK_CORRUPT
 */
export async function gatherRows(
  session: Session,
  {
    store,
    manifest,
    live,
    request,
    meter,
    allow,
  }: {
    store: Store;
    manifest: Manifest;
    live: LiveTables;
    request: RowsRequest;
    meter?: ProgressMeter | undefined;
    allow: (table: GatheredRows['table']) => Promise<void>;
  },
): Promise<Gathered> {
  const parts = namedParts(manifest, request.table);
  const table = live.holding(parts[0]!);
  await allow(table);
  const into = scratch(session, store, meter);
  const first = await into.of(table);
  const named = { ...first, table: { ...table, parts } };
  if (request.where === undefined) await takeByKey(session, into, first, named, request);
  else await takeByCondition(session, into, first, named, request.where);
  const sets = await relatives(session, { first, live, into, request, allow });
  const read = new Set(sets.map((set) => set.table));
  return {
    sets: sets.filter(({ count }, i) => i === 0 || count > 0),
    references: live.references.filter(({ from, to }) => read.has(from) || read.has(to)),
    rangesRead: into.rangesRead,
    ranges: [...read].flatMap((each) => each.parts.flatMap(({ ranges }) => ranges)).length,
  };
}

async function takeByKey(
  session: Session,
  into: Scratch,
  set: GatheredRows,
  { table }: GatheredRows,
  { keys = [] }: RowsRequest,
): Promise<void> {
  const { filter, condition } = await wantedKeys(session, table, keys, table.parts[0]!.keyColumn);
  for (const part of table.parts) await into.load(set, part, rangesHolding(part, filter), filter);
  await into.take(set, 0, condition);
  await into.clear(set);
}

async function takeByCondition(
  session: Session,
  into: Scratch,
  set: GatheredRows,
  { table }: GatheredRows,
  where: string,
): Promise<void> {
  const condition = await checkedCondition(session, set, where);
  const ranges = await readOnly(session, async () => {
    const found = new Map<ManifestTable, ManifestRange[]>();
    for (const part of table.parts) found.set(part, await rangesSatisfying(session, set, part, condition));
    return found;
  });
  for (const part of table.parts) await into.load(set, part, ranges.get(part)!);
  await readOnly(session, () => into.take(set, 0, condition));
  await into.clear(set);
}
