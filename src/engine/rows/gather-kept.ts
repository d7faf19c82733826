import { HoldfastError } from '../../base/errors.ts';
import type { Drift } from '../../contract/drift.ts';
import { displayName, quoteIdentifier, quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { RestoreRequest } from '../requests.ts';
import { requireAllowed } from './allowed.ts';
import { columnsOf, liveRows } from './columns.ts';
import { formOf, type KeptForm, type KeptRows } from './kept-rows.ts';
import { readLiveTables } from './live-tables.ts';
import type { Gathered, GatheredRows, RowTable } from './rows.ts';
import { createRemoved, createSet } from './scratch.ts';

/** The rows that undo a restore: `rows` are as they were before it, `removed` those that it added. */
export interface KeptSet extends GatheredRows {
  removed: string;
  /** A temporary table with the rows as the restore left them. */
  left: string;
}

export interface GatheredKept extends Omit<Gathered, 'sets'> {
  sets: KeptSet[];
}

/**
 * Reads what a restore has kept into temporary tables of `session`.
 * @throws SCHEMA_DRIFT where a table has another form than when rows of it were kept; what `requireAllowed` throws
 */
export async function gatherKept(
  session: Session,
  kept: KeptRows,
  own: RestoreRequest['own'],
): Promise<GatheredKept> {
  const live = await readLiveTables(session, { tables: [] });
  const byName = new Map([...live.byOid.values()].map((table) => [quoteName(table), table]));
  const drift: Drift[] = [];
  const found: (RowTable | undefined)[] = kept.tables.map((form) => {
    const table = byName.get(quoteName(form));
    const differences = table ? differencesOf(form, table) : ['is no table of this database any more'];
    drift.push(...differences.map((difference) => ({ table: displayName(form), difference })));
    return table;
  });
  if (drift.length > 0) throw changedSince(drift);
  const sets: KeptSet[] = [];
  for (const [place, table] of found.entries()) {
    await requireAllowed(session, live, table!, { own, rows: { onConflict: 'append' } });
    sets.push(await readKept(session, table!, place, kept.queryOf(place)));
  }
  const read = new Set(sets.map((set) => set.table));
  return {
    sets,
    references: live.references.filter(({ from, to }) => read.has(from) || read.has(to)),
    shared: [],
    came: [],
    rangesRead: 0,
    ranges: 0,
  };
}

/** In what a table differs from when rows of it were kept; and lets it compare rows by the key of then. */
function differencesOf(form: KeptForm, table: RowTable): string[] {
  const { columns, key } = form;
  const now = formOf(table).columns;
  if (JSON.stringify(now) !== JSON.stringify(columns)) {
    const words = (all: KeptForm['columns']): string =>
      all
        .map(({ name, type, collation }) => `${name} ${type}${collation ? ` collate ${collation}` : ''}`)
        .join(', ');
    return [`has the columns ${words(now)}; when its rows were kept it had ${words(columns)}`];
  }
  const wanted = JSON.stringify(key?.toSorted());
  table.key =
    key === null
      ? undefined
      : table.keys.find((each) => !each.nullable && JSON.stringify(each.columns.toSorted()) === wanted);
  if (key === null || table.key) return [];
  return [`has no unique key of ${key.join(', ')} any more, by which its rows were kept`];
}

function changedSince(drift: Drift[]): HoldfastError {
  const [first, ...more] = drift;
  return new HoldfastError(
    'SCHEMA_DRIFT',
    `The rows that are kept no longer fit: ${first!.table} ${first!.difference}${more.length > 0 ? `, and ${more.length} more` : ''}.`,
    {
      hint: 'Nothing was changed. Give the tables the form back that they had, or take the rows from a backup.',
      details: { drift },
    },
  );
}

async function readKept(session: Session, table: RowTable, place: number, query: string): Promise<KeptSet> {
  const set = await createSet(session, table, place);
  await createRemoved(session, set);
  const names = table.columns.map(({ name }) => name);
  const form = `pg_temp.${quoteIdentifier(`holdfast_form_${place}`)}`;
  const left = `pg_temp.${quoteIdentifier(`holdfast_left_${place}`)}`;
  await session.execute(
    `create temporary table ${form} as select ${columnsOf('t', names)} from ${liveRows(table)} t with no data;
     create temporary table ${left} as select * from ${set.rows} with no data`,
  );
  const read = async (into: string, which: 'before' | 'written', condition: string): Promise<number> => {
    // Read once for all columns: a subquery with OFFSET is not taken apart.
    const [row] = await session.query<{ count: string }>(
      `with taken as (
         insert into ${into} select x.place, 0, (x.image).* from (
             select pg_catalog.row_number() over () as place, k.${which}::${form} as image from (${query}) k
              where k.${which} is not null${condition} offset 0) x returning 1)
       select pg_catalog.count(*) as count from taken`,
    );
    await session.execute(`analyze ${into}`);
    return Number(row!.count);
  };
  set.count = await read(set.rows, 'before', '');
  await read(left, 'written', '');
  await read(set.removed!, 'written', ' and k.before is null');
  return { ...set, removed: set.removed!, left };
}
