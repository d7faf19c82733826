import type { RowsRequest } from '../requests.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { liveRows, noneIsNull, sameImage, sameImageOf, sameKey, sameValues } from './columns.ts';
import { matches } from './relatives.ts';
import { countRemoved, hasRemoved, removedRows, staysAsWell } from './removal.ts';
import type { Gathered, GatheredRows, RowReference } from './rows.ts';

/** What becomes of the rows of one table. */
export interface RowCounts {
  added: number;
  changed: number;
  unchanged: number;
  skipped: number;
  conflicting: number;
  /** Live rows that go. */
  removed: number;
}

type OnConflict = RowsRequest['onConflict'];

/** In the transaction of `session`, which sees the live rows as they are. */
export async function compareRows(
  session: Session,
  set: GatheredRows,
  onConflict: OnConflict,
): Promise<RowCounts> {
  const { table, rows, count } = set;
  const removed = await countRemoved(session, set);
  const none = { added: 0, changed: 0, unchanged: 0, skipped: 0, conflicting: 0, removed };
  if (!table.key) return { ...none, added: count };
  const [found] = await session.query<{ added: string; unchanged: string; different: string }>(
    `select pg_catalog.count(*) filter (where t.ctid is null) as added,
       pg_catalog.count(*) filter (where t.ctid is not null and ${sameImage(table, 's', 't')}) as unchanged,
       pg_catalog.count(*) filter (where t.ctid is not null and not ${sameImage(table, 's', 't')}) as different
     from ${rows} s left join ${liveRows(table)} t on ${sameKey(table, 't', 's')}`,
  );
  const different = Number(found!.different);
  return {
    ...none,
    added: Number(found!.added),
    unchanged: Number(found!.unchanged),
    [differentAre(onConflict)]: different,
  };
}

/** What rows are that are there with other values. */
export function differentAre(onConflict: OnConflict): 'changed' | 'skipped' | 'conflicting' {
  if (onConflict === 'overwrite') return 'changed';
  return onConflict === 'skip' ? 'skipped' : 'conflicting';
}

/** Whether the row `s` of the backup is written, where its table has a key. */
function isWritten(set: GatheredRows, onConflict: OnConflict): string {
  const { table } = set;
  if (!table.key) return 'true';
  const live = `select from ${liveRows(table)} w where ${sameKey(table, 'w', 's')}`;
  return onConflict === 'overwrite'
    ? `not exists (${live} and ${sameImage(table, 's', 'w')})`
    : `not exists (${live})`;
}

/** Why gathered rows cannot be written. */
export interface Misfit {
  message: string;
  /** Whether rows that they refer to are missing, which could be brought back with them. */
  lacksParents: boolean;
}

/** Why the rows of one table cannot be put back: sentences. */
export async function misfits(
  session: Session,
  { sets, references }: Pick<Gathered, 'sets' | 'references'>,
  set: GatheredRows,
  onConflict: OnConflict,
): Promise<Misfit[]> {
  const { table, rows } = set;
  const name = `${table.schema}.${table.name}`;
  const found: Misfit[] = [];
  const countOf = async (condition: string): Promise<number> => {
    const [row] = await session.query<{ count: string }>(
      `select pg_catalog.count(*) as count from ${rows} s where ${isWritten(set, onConflict)} and ${condition}`,
    );
    return Number(row!.count);
  };
  for (const key of table.keys.filter((each) => each !== table.key)) {
    const own = { alias: 's', columns: key.columns };
    const taken = await countOf(
      `${noneIsNull('s', key.columns)} and exists (select from ${liveRows(table)} t
        where ${sameValues({ ...own, alias: 't' }, key.equals, own)} and not ${sameKey(table, 't', 's')}${staysAsWell(set, 't')}${
          onConflict === 'overwrite'
            ? ` and not exists (select from ${rows} o where ${sameKey(table, 't', 'o')})`
            : ''
        })`,
    );
    if (taken > 0) {
      found.push({
        message: `Other rows of ${name} have the ${key.columns.join(', ')} of ${rowsOf(taken)} of the backup now (${key.name}).`,
        lacksParents: false,
      });
    }
  }
  for (const key of references.filter(({ from }) => from === table)) {
    const parents = sets.find((each) => each.table === key.to);
    const gathered = parents
      ? ` and not exists (select from ${parents.rows} p where ${matches('p', key, 's')})`
      : '';
    const orphans = await countOf(
      `${noneIsNull('s', key.columns)} and not exists (select from ${liveRows(key.to)} t where ${matches('t', key, 's')}${staysAsWell(parents, 't')})${gathered}`,
    );
    if (orphans > 0) {
      found.push({
        message: `${rowsOf(orphans)} of ${name} ${orphans === 1 ? 'refers' : 'refer'} to rows of ${key.to.schema}.${key.to.name} that are not there (${key.constraint.name}).`,
        lacksParents: true,
      });
    }
  }
  for (const key of references.filter(({ to }) => to === table)) {
    const left = hasRemoved(set) ? await leftBehind(session, sets, set, key, onConflict) : 0;
    if (left > 0) {
      found.push({
        message: `${rowsOf(left)} of ${key.from.schema}.${key.from.name} ${left === 1 ? 'refers' : 'refer'} to rows of ${name} that would go (${key.constraint.name}).`,
        lacksParents: false,
      });
    }
  }
  if (onConflict === 'overwrite') {
    for (const message of await unchangeable(session, sets, references, set)) {
      found.push({ message, lacksParents: false });
    }
  }
  return found;
}

/** How many live rows refer to rows that go, and neither go themselves nor become as in the backup. */
async function leftBehind(
  session: Session,
  sets: readonly GatheredRows[],
  set: GatheredRows & { removed: string },
  key: RowReference,
  onConflict: OnConflict,
): Promise<number> {
  const own = sets.find((each) => each.table === key.from);
  // Whether what they refer to then is there is asked of the rows that they become.
  const becomes =
    own?.table.key && onConflict === 'overwrite'
      ? ` and not exists (select from ${own.rows} o where ${sameKey(own.table, 'c', 'o')})`
      : '';
  const [row] = await session.query<{ count: string }>(
    `select pg_catalog.count(*) as count from ${liveRows(key.from)} c
      where exists (select from ${removedRows(set)} and ${matches('t', key, 'c')})${staysAsWell(own, 'c')}${becomes}`,
  );
  return Number(row!.count);
}

/** Values that an UPDATE may not change, or that rows refer to. */
async function unchangeable(
  session: Session,
  sets: readonly GatheredRows[],
  references: readonly RowReference[],
  { table, rows }: GatheredRows,
): Promise<string[]> {
  if (!table.key) return [];
  const found: string[] = [];
  const name = `${table.schema}.${table.name}`;
  const changes = async (columns: readonly string[], condition: string): Promise<number> => {
    const [row] = await session.query<{ count: string }>(
      `select pg_catalog.count(*) as count from ${rows} s join ${liveRows(table)} t on ${sameKey(table, 't', 's')}
        where not ${sameImageOf(columns, 's', 't')} and ${condition}`,
    );
    return Number(row!.count);
  };
  const { columns: keyColumns } = table.key;
  const identity = table.columns.filter(
    (each) => each.identity === 'always' && !keyColumns.includes(each.name),
  );
  for (const column of identity) {
    const count = await changes([column.name], 'true');
    if (count > 0)
      found.push(
        `The ${column.name} of ${rowsOf(count)} of ${name} is another one now, and is always generated: it cannot be set.`,
      );
  }
  // Of the key itself too: what its operator calls the same may be written in another way, which ON UPDATE CASCADE passes on.
  for (const key of references.filter(({ to }) => to === table)) {
    const count = await changes(
      key.referenced,
      `exists (select from ${liveRows(key.from)} c where ${matches('t', key, 'c')}${staysAsWell(
        sets.find((each) => each.table === key.from),
        'c',
      )})`,
    );
    if (count > 0) {
      found.push(
        `The ${key.referenced.join(', ')} of ${rowsOf(count)} of ${name} is another one now, to which rows of ${key.from.schema}.${key.from.name} refer (${key.constraint.name}).`,
      );
    }
  }
  return found;
}

function rowsOf(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}
