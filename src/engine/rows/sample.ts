import type { SampleRow } from '../../contract/chosen-rows.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { columnOf, liveRows, sameImage, sameImageOf, sameKey } from './columns.ts';
import type { GatheredRows } from './rows.ts';

const shownCharacters = 200;

/** The first rows of the backup that are not live as they are; with `there` only those whose key is. */
export async function sampleRows(
  session: Session,
  { table, rows, ordinal }: GatheredRows,
  { different, limit, there = false }: { different: SampleRow['change']; limit: number; there?: boolean },
): Promise<SampleRow[]> {
  const names = table.columns.map(({ name }) => name);
  const keyColumns = table.key?.columns ?? [];
  const text = (alias: string) => (name: string) =>
    `pg_catalog."left"(${columnOf(alias, name)}::pg_catalog.text, ${shownCharacters})`;
  const list = (values: readonly string[], type: string): string =>
    `array[${values.join(', ')}]::pg_catalog.${type}[]`;
  const differs = names.map((name) => `not ${sameImageOf([name], 's', 't')}`);
  const found = await session.query<{
    there: boolean;
    key: (string | null)[];
    backup: (string | null)[];
    now: (string | null)[];
    differs: boolean[];
  }>(
    `select t.ctid is not null as there, ${list(keyColumns.map(text('s')), 'text')} as key,
       ${list(names.map(text('s')), 'text')} as backup, ${list(names.map(text('t')), 'text')} as now,
       ${list(differs, 'bool')} as differs
     from ${rows} s left join ${liveRows(table)} t on ${sameKey(table, 't', 's')}
    where (${there ? 'false' : 't.ctid is null'} or t.ctid is not null and not ${sameImage(table, 's', 't')})
    order by s.${ordinal} limit ${limit}`,
  );
  return found.map((row) => ({
    change: row.there ? different : 'added',
    key: Object.fromEntries(keyColumns.map((name, i) => [name, row.key[i] ?? null])),
    columns: names.flatMap((name, i) =>
      row.there && !row.differs[i] ? [] : [{ name, now: row.now[i] ?? null, backup: row.backup[i] ?? null }],
    ),
  }));
}
