import type { ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteIdentifier } from '../../postgres/identifiers.ts';
import { copyInStatement, storedColumns } from '../../postgres/ranges.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import { rebuildFailure } from '../restore/rebuild.ts';
import { candidateLines, ordinals } from './candidate-lines.ts';
import { columnsOf, liveRows } from './columns.ts';
import { lineMatcher, type LineFilter } from './line-filter.ts';
import type { GatheredRows, RowTable } from './rows.ts';

/** Temporary tables of one session that take rows of a backup. They go with the session. */
export interface Scratch {
  of(table: RowTable): Promise<GatheredRows>;
  /** Gives a set an empty table for the live rows that are to go. */
  withRemoved(set: GatheredRows): Promise<void>;
  /** Reads these ranges of a table of the backup into `candidates`. */
  load(
    set: GatheredRows,
    part: ManifestTable,
    ranges: readonly ManifestRange[],
    filter?: LineFilter,
  ): Promise<void>;
  /** Puts those candidates among the rows for which `condition` holds of `c`. @returns how many were new */
  take(set: GatheredRows, round: number, condition: string): Promise<number>;
  /** Forgets the candidates. */
  clear(set: GatheredRows): Promise<void>;
  readonly rangesRead: number;
}

export function scratch(session: Session, store: Store, meter: ProgressMeter | undefined): Scratch {
  const sets = new Map<RowTable, GatheredRows>();
  const places = new Map<RowTable, Map<ManifestRange, number>>();
  const read = new Set<ManifestRange>();
  return {
    async of(table) {
      const known = sets.get(table);
      if (known) return known;
      const set = await createSet(session, table, sets.size);
      sets.set(table, set);
      places.set(table, ordinals(table.parts));
      return set;
    },
    withRemoved: (set) => createRemoved(session, set),
    async load(set, part, ranges, filter) {
      if (ranges.length === 0) return;
      meter?.currentTable(part);
      for (const range of ranges) read.add(range);
      const names = [plain(set.ordinal), ...storedColumns(part.columns)];
      await session
        .copyIn(
          copyInStatement({ schema: 'pg_temp', name: plain(set.candidates) }, names),
          candidateLines(store, part, ranges, {
            ordinalOf: (range) => places.get(set.table)!.get(range)!,
            matches: lineMatcher(part, filter),
            onFrame: (bytes) => meter?.addStoredBytes(bytes),
          }),
        )
        .catch((error: unknown) => {
          throw rebuildFailure(error, `The rows of ${displayName(part)}`);
        });
    },
    async take(set, round, condition) {
      const names = columnsOf(
        'c',
        set.table.columns.map(({ name }) => name),
      );
      const [row] = await session.query<{ count: string }>(
        `with taken as (
           insert into ${set.rows} select c.${set.ordinal}, ${round}, ${names} from ${set.candidates} c
            where ${condition} on conflict do nothing returning 1)
         select pg_catalog.count(*) as count from taken`,
      );
      await session.execute(`analyze ${set.rows}`);
      const count = Number(row!.count);
      set.count += count;
      return count;
    },
    async clear({ candidates }) {
      await session.execute(`truncate ${candidates}`);
    },
    get rangesRead() {
      return read.size;
    },
  };
}

/** Types come from the live table, which has been compared with the backup: no text of a manifest becomes SQL. */
export async function createSet(session: Session, table: RowTable, number: number): Promise<GatheredRows> {
  const names = new Set(table.columns.map(({ name }) => name));
  const free = (name: string): string => (names.has(name) ? free(`${name}_`) : name);
  const set: GatheredRows = {
    table,
    rows: `pg_temp.${quoteIdentifier(`holdfast_rows_${number}`)}`,
    candidates: `pg_temp.${quoteIdentifier(`holdfast_candidates_${number}`)}`,
    ordinal: quoteIdentifier(free('holdfast_place')),
    round: quoteIdentifier(free('holdfast_round')),
    count: 0,
  };
  for (const scratchTable of [set.rows, set.candidates]) await createLike(session, set, scratchTable);
  await session.execute(`create unique index on ${set.rows} (${set.ordinal})`);
  return set;
}

/** An empty table for the live rows of a set that are to go. */
export async function createRemoved(session: Session, set: GatheredRows): Promise<void> {
  set.removed = set.rows.replace('holdfast_rows_', 'holdfast_removed_');
  await createLike(session, set, set.removed);
}

async function createLike(
  session: Session,
  { table, ordinal, round }: GatheredRows,
  name: string,
): Promise<void> {
  const columns = columnsOf(
    't',
    table.columns.map((each) => each.name),
  );
  await session.execute(
    `create temporary table ${name} as select null::pg_catalog.int8 as ${ordinal},
       null::pg_catalog.int4 as ${round}, ${columns} from ${liveRows(table)} t with no data`,
  );
}

/** The name of a scratch table or column without its quotes and schema: none has a quote in it. */
function plain(quoted: string): string {
  return quoted.replace(/^pg_temp\./, '').replaceAll('"', '');
}
