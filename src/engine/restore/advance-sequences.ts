import type { Manifest } from '../../format/manifest.ts';
import { quoteIdentifier, quoteLiteral, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { InPlacePlan } from '../plan/plan.ts';

interface NewSequence extends QualifiedName {
  column: string;
}

/**
 * Moves sequences that the backup does not know past the rows of the backup: an adapted table may draw its numbers from
 * another one today, which must not give out what is there. In the caller's transaction, and undone with it.
 */
export async function advanceNewSequences(
  session: Session,
  { manifest, adaptations }: Pick<InPlacePlan, 'manifest' | 'adaptations'>,
): Promise<void> {
  for (const { target, columns } of adaptations.values()) {
    const filled = new Set(columns.map(({ to }) => to));
    for (const sequence of await newSequences(session, manifest, target)) {
      if (!filled.has(sequence.column)) continue;
      const column = `t.${quoteIdentifier(sequence.column)}`;
      const [row] = await session.query<{ highest: string }>(
        `select pg_catalog.max(${column})::pg_catalog.int8::pg_catalog.text as highest
         from ${quoteName(target)} t, ${quoteName(sequence)} s
         having pg_catalog.max(${column}) > pg_catalog.max(s.last_value)
           or (pg_catalog.max(${column}) = pg_catalog.max(s.last_value) and not pg_catalog.bool_or(s.is_called))`,
      );
      // As with every live sequence, a new file first, so that a rollback undoes it.
      if (row) {
        const name = quoteName(sequence);
        await session.execute(
          `alter sequence ${name} restart; select pg_catalog.setval(${quoteLiteral(name)}, ${BigInt(row.highest)})`,
        );
      }
    }
  }
}

/** Those that columns of the table draw from, upwards, and that the backup does not have. */
async function newSequences(
  session: Session,
  manifest: Manifest,
  table: QualifiedName,
): Promise<NewSequence[]> {
  const known = new Set(manifest.sequences.map(quoteName));
  const rows = await session.query<NewSequence>(
    `select n.nspname as schema, c.relname as name, a.attname as column
     from pg_catalog.pg_depend d
       join pg_catalog.pg_class c on c.oid = d.objid and c.relkind = 'S'
       join pg_catalog.pg_sequence s on s.seqrelid = c.oid and s.seqincrement > 0
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
       and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       and d.refobjid = pg_catalog.to_regclass($1::pg_catalog.text) and d.refobjsubid > 0
     order by 1, 2`,
    [quoteName(table)],
  );
  return rows.filter((sequence) => !known.has(quoteName(sequence)));
}
