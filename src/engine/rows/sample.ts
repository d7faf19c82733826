import type { SampleRow } from '../../contract/chosen-rows.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { columnOf, liveRows, sameImage, sameImageOf, sameKey } from './columns.ts';
import { hasRemoved, removedRows } from './removal.ts';
import type { GatheredRows, RowTable } from './rows.ts';

const shownCharacters = 200;

/** As text of the output function: a cast to text may be a function of a user. */
const textOf =
  (alias: string) =>
  (name: string): string =>
    `pg_catalog."left"(case when ${columnOf(alias, name)} is distinct from null then pg_catalog.format('%s', ${columnOf(alias, name)}) end, ${shownCharacters})`;
const list = (values: readonly string[], type: string): string =>
  `array[${values.join(', ')}]::pg_catalog.${type}[]`;

/** The key of a row as texts, as SQL; empty without a key. */
export function textsOfKey({ key }: RowTable, alias: string): string {
  return list((key?.columns ?? []).map(textOf(alias)), 'text');
}

export function keyOf({ key }: RowTable, texts: readonly (string | null)[]): SampleRow['key'] {
  return Object.fromEntries((key?.columns ?? []).map((name, i) => [name, texts[i] ?? null]));
}

/** The first of the live rows that go. */
export async function sampleRemoved(
  session: Session,
  set: GatheredRows,
  limit: number,
): Promise<SampleRow[]> {
  if (!hasRemoved(set)) return [];
  const { table } = set;
  const names = table.columns.map(({ name }) => name);
  const found = await session.query<{ key: (string | null)[]; now: (string | null)[] }>(
    `select ${textsOfKey(table, 't')} as key, ${list(names.map(textOf('t')), 'text')} as now
       from ${removedRows(set)} limit ${limit}`,
  );
  return found.map(({ key, now }) => ({
    change: 'removed',
    key: keyOf(table, key),
    columns: names.map((name, i) => ({ name, now: now[i] ?? null, backup: null })),
  }));
}

/** The first rows of the backup that are not live as they are; with `there` only those whose key is. */
export async function sampleRows(
  session: Session,
  { table, rows, ordinal }: GatheredRows,
  { different, limit, there = false }: { different: SampleRow['change']; limit: number; there?: boolean },
): Promise<SampleRow[]> {
  const names = table.columns.map(({ name }) => name);
  const differs = names.map((name) => `not ${sameImageOf([name], 's', 't')}`);
  const found = await session.query<{
    there: boolean;
    key: (string | null)[];
    backup: (string | null)[];
    now: (string | null)[];
    differs: boolean[];
  }>(
    `select t.ctid is not null as there, ${textsOfKey(table, 's')} as key,
       ${list(names.map(textOf('s')), 'text')} as backup, ${list(names.map(textOf('t')), 'text')} as now,
       ${list(differs, 'bool')} as differs
     from ${rows} s left join ${liveRows(table)} t on ${sameKey(table, 't', 's')}
    where (${there ? 'false' : 't.ctid is null'} or t.ctid is not null and not ${sameImage(table, 's', 't')})
    order by s.${ordinal} limit ${limit}`,
  );
  return found.map((row) => ({
    change: row.there ? different : 'added',
    key: keyOf(table, row.key),
    columns: names.flatMap((name, i) =>
      row.there && !row.differs[i] ? [] : [{ name, now: row.now[i] ?? null, backup: row.backup[i] ?? null }],
    ),
  }));
}
