import type { Session } from '../../postgres/wire/session.ts';
import type { TenantRequest } from '../requests.ts';
import { columnsOf, liveRows, sameKey } from './columns.ts';
import type { LiveTables } from './live-tables.ts';
import { matches } from './relatives.ts';
import type { GatheredRows, RowReference, RowTable } from './rows.ts';
import type { Scratch } from './scratch.ts';
import type { TenantTables } from './tenant.ts';
import { wantedKeys } from './wanted-keys.ts';

/** Live rows of a tenant that the backup does not have. */
export interface NewRows {
  /** Of every table that may have some. */
  sets: GatheredRows[];
  /** Puts those of now into `removed` of each set. */
  find(session: Session): Promise<void>;
}

/**
 * Prepares to find the rows of a tenant that came since the backup, as its own rows are found: by the column, and down the foreign
 * keys to the tables that lack it. Also what refers to rows of the backup that belong to another tenant now.
 * @throws what `allow` throws
 */
export async function newRowsOf({
  tenant,
  tables,
  live,
  into,
  allow,
}: {
  tenant: TenantRequest['tenant'];
  tables: TenantTables;
  live: LiveTables;
  into: Scratch;
  allow: (table: RowTable) => Promise<void>;
}): Promise<NewRows> {
  const sets = new Map<RowTable, GatheredRows>();
  const down: RowReference[] = [];
  const add = async (table: RowTable): Promise<void> => {
    if (sets.has(table)) return;
    await allow(table);
    const set = await into.of(table);
    await into.withRemoved(set);
    sets.set(table, set);
  };
  for (const table of tables.columnOf.keys()) await add(table);
  for (const table of sets.keys()) {
    for (const key of live.references.filter(({ to, from }) => to === table && tables.isTheirsByKey(from))) {
      down.push(key);
      await add(key.from);
    }
  }
  return {
    sets: [...sets.values()],
    async find(within) {
      for (const [table, { removed }] of sets) {
        await within.execute(`truncate ${removed}`);
        const column = tables.columnOf.get(table);
        if (column === undefined) continue;
        const { isWanted } = await wantedKeys(within, table, [{ [column]: tenant.id }]);
        await take(within, sets.get(table)!, 0, isWanted('t'));
      }
      for (const set of sets.values()) {
        await take(
          within,
          set,
          0,
          `exists (select from ${set.rows} s where ${sameKey(set.table, 't', 's')})`,
        );
      }
      let round = 0;
      for (let more = true; more;) {
        round++;
        more = false;
        for (const key of down) {
          const { removed, round: column } = sets.get(key.to)!;
          const found = `exists (select from ${removed} x where x.${column} = ${round - 1} and ${matches('x', key, 't')})`;
          if ((await take(within, sets.get(key.from)!, round, found)) > 0) more = true;
        }
      }
      for (const { table, rows, removed } of sets.values()) {
        await within.execute(
          `delete from ${removed} r where exists (select from ${rows} s where ${sameKey(table, 'r', 's')}); analyze ${removed}`,
        );
      }
    },
  };
}

/** Takes live rows `t` for which the condition holds, and that were not taken yet. @returns how many */
async function take(
  session: Session,
  { table, removed }: GatheredRows,
  round: number,
  condition: string,
): Promise<number> {
  const columns = columnsOf(
    't',
    table.columns.map(({ name }) => name),
  );
  const [row] = await session.query<{ count: string }>(
    `with taken as (
       insert into ${removed} select null, ${round}, ${columns} from ${liveRows(table)} t
        where ${condition} and not exists (select from ${removed} r where ${sameKey(table, 't', 'r')}) returning 1)
     select pg_catalog.count(*) as count from taken`,
  );
  const count = Number(row!.count);
  if (count > 0) await session.execute(`analyze ${removed}`);
  return count;
}
