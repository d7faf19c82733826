import type { Session } from '../../postgres/wire/session.ts';
import { imageText, liveRows, sameKey } from './columns.ts';
import type { GatheredRows } from './rows.ts';

/**
 * The live rows of a set that go, as a FROM item with the alias `t`, and what else has to hold of them. Without a key a row is
 * known by its values alone: of those that are the same as many go as are named, whichever.
 */
export function removedRows(set: GatheredRows & { removed: string }): string {
  const { table, removed } = set;
  const live = liveRows(table);
  if (table.key) return `${live} t where exists (select from ${removed} r where ${sameKey(table, 't', 'r')})`;
  return `${live} t where (t.tableoid, t.ctid) in (
    select l.tableoid, l.ctid from (
        select i.tableoid, i.ctid, i.image, pg_catalog.row_number() over (partition by i.image) as place
          from (select a.tableoid, a.ctid, ${imageText(table, 'a')} as image from ${live} a) i) l
      join (select i.image, pg_catalog.count(*) as count
          from (select ${imageText(table, 'r')} as image from ${removed} r) i group by i.image) w
        on w.image = l.image and l.place <= w.count)`;
}

export function hasRemoved(set: GatheredRows): set is GatheredRows & { removed: string } {
  return set.removed !== undefined;
}

export async function countRemoved(session: Session, set: GatheredRows): Promise<number> {
  if (!hasRemoved(set)) return 0;
  const [row] = await session.query<{ count: string }>(
    `select pg_catalog.count(*) as count from ${removedRows(set)}`,
  );
  return Number(row!.count);
}

/** Whether the live row `alias` is not one of those that go; empty where none does. */
export function staysAsWell(set: GatheredRows | undefined, alias: string): string {
  if (!set?.removed || !set.table.key) return '';
  return ` and not exists (select from ${set.removed} r where ${sameKey(set.table, alias, 'r')})`;
}
