import type { ChosenRows } from '../../contract/chosen-rows.ts';
import type { Manifest, ManifestRange, ManifestTable } from '../../format/manifest.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import { tablesNamed } from '../entries/named-tables.ts';
import type { RowsRequest } from '../requests.ts';
import { checkedCondition, rangesSatisfying, readOnly } from './condition.ts';
import { rangesHolding } from './line-filter.ts';
import { relatives } from './relatives.ts';
import type { LiveTables } from './live-tables.ts';
import type { Gathered, GatheredRows, RowTable } from './rows.ts';
import { scratch, type Scratch } from './scratch.ts';
import { newRowsOf } from './new-rows.ts';
import { tenantRows, tenantTables } from './tenant.ts';
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
    countsNew = false,
    allow,
  }: {
    store: Store;
    manifest: Manifest;
    live: LiveTables;
    request: RowsRequest;
    meter?: ProgressMeter | undefined;
    /** Whether live rows of a tenant are counted that are not in the backup. */
    countsNew?: boolean;
    allow: (table: RowTable) => Promise<void>;
  },
): Promise<Gathered> {
  const into = scratch(session, store, meter);
  const tables = 'tenant' in request ? tenantTables(live, request.tenant) : undefined;
  const tenant =
    'tenant' in request
      ? await tenantRows(session, { into, tables: tables!, request, countsNew, allow })
      : undefined;
  const starts = tenant?.sets ?? [
    await rowsOfTable(session, { into, manifest, live, request: request as ChosenRows, allow }),
  ];
  const { sets, above } = await relatives(session, {
    starts,
    live,
    into,
    withChildrenIn: tables?.isTheirsByKey ?? (() => (request as ChosenRows).withChildren),
    withParents: request.withParents,
    allow,
  });
  const removing =
    'tenant' in request && request.newRows === 'remove'
      ? await newRowsOf({ tenant: request.tenant, tables: tables!, live, into, allow })
      : undefined;
  const ranges = sets.flatMap(({ table }) => table.parts.flatMap((part) => part.ranges)).length;
  const found = removing
    ? [...new Set([...sets, ...removing.sets])]
    : sets.filter(({ count }, i) => i === 0 || count > 0);
  const read = new Set([...sets, ...found].map((set) => set.table));
  const theirs = new Set(sets.map(({ table }) => table).filter((table) => !above.has(table)));
  return {
    sets: found,
    references: live.references.filter(({ from, to }) => read.has(from) || read.has(to)),
    came: tenant?.came ?? [],
    shared: tenant
      ? [
          ...new Set(
            live.references.filter(({ from, to }) => theirs.has(from) && !theirs.has(to)).map(({ to }) => to),
          ),
        ]
      : [],
    findRemoved: removing?.find,
    rangesRead: into.rangesRead,
    ranges,
  };
}

/** The rows of one table that are asked for by their keys or by a condition. */
async function rowsOfTable(
  session: Session,
  {
    into,
    manifest,
    live,
    request,
    allow,
  }: {
    into: Scratch;
    manifest: Manifest;
    live: LiveTables;
    request: ChosenRows;
    allow: (table: RowTable) => Promise<void>;
  },
): Promise<GatheredRows> {
  const parts = tablesNamed(manifest, request.table, { ofExtensions: false });
  const table = live.holding(parts[0]!);
  await allow(table);
  const set = await into.of(table);
  const named = { ...set, table: { ...table, parts } };
  if (request.where === undefined) await takeByKey(session, into, set, named, request);
  else await takeByCondition(session, into, set, named, request.where);
  return set;
}

async function takeByKey(
  session: Session,
  into: Scratch,
  set: GatheredRows,
  { table }: GatheredRows,
  { keys = [] }: ChosenRows,
): Promise<void> {
  const { filter, isWanted } = await wantedKeys(session, table, keys, table.parts[0]!.keyColumn);
  for (const part of table.parts) await into.load(set, part, rangesHolding(part, filter), filter);
  await into.take(set, 0, isWanted('c'));
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
