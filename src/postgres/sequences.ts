import type { ManifestSequence } from '../format/manifest.ts';
import { quoteLiteral, quoteName, type QualifiedName } from './identifiers.ts';
import type { Session } from './session.ts';

interface SequenceRow {
  oid: string;
  schema: string;
  name: string;
  extension: string | null;
  owner_schema: string | null;
  owner_table: string | null;
  owner_column: string | null;
}

/** At most this many sequences are read by one statement. */
const batchSize = 500;

/** Every sequence, of an extension only those it asked to have dumped, with its position. Positions are not part of any snapshot. */
export async function readSequences(session: Session): Promise<ManifestSequence[]> {
  const rows = await session.query<SequenceRow>(`
    select c.oid::int8 as oid, n.nspname as schema, c.relname as name, x.extname as extension,
      tn.nspname as owner_schema, t.relname as owner_table, a.attname as owner_column
    from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.objid = c.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.deptype in ('a', 'i') and d.refobjsubid > 0
      left join pg_catalog.pg_class t on t.oid = d.refobjid
      left join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
      left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
      left join pg_catalog.pg_depend e on e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and e.objid = c.oid and e.deptype = 'e' and e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      left join pg_catalog.pg_extension x on x.oid = e.refobjid
    where c.relkind = 'S' and c.relpersistence <> 't'
      and case when x.oid is null then n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        else coalesce(c.oid = any(x.extconfig), false) end
    order by n.nspname, c.relname`);
  const sequences: ManifestSequence[] = [];
  for (let at = 0; at < rows.length; at += batchSize) {
    const batch = rows.slice(at, at + batchSize);
    const positions = await session.query<{ i: number; last: string; called: boolean }>(
      batch
        .map(
          (row, i) =>
            `select ${i} as i, last_value::text as last, is_called as called from ${quoteName(row)}`,
        )
        .join(' union all '),
    );
    for (const position of positions) {
      const row = batch[position.i];
      if (!row) continue;
      sequences.push({
        schema: row.schema,
        name: row.name,
        lastValue: position.last,
        isCalled: position.called,
        ...(row.extension === null ? {} : { extension: row.extension }),
        ownedBy:
          row.owner_table === null || row.owner_schema === null || row.owner_column === null
            ? null
            : { schema: row.owner_schema, name: row.owner_table, column: row.owner_column },
      });
    }
  }
  return sequences;
}

/** The setval() call that puts a sequence where the manifest says. */
export function setvalCall(sequence: ManifestSequence): string {
  return `pg_catalog.setval(${quoteRegclass(sequence)}, ${BigInt(sequence.lastValue)}, ${sequence.isCalled})`;
}

function quoteRegclass(name: QualifiedName): string {
  return `${quoteLiteral(quoteName(name))}::pg_catalog.regclass`;
}
