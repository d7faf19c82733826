import { HoldfastError } from '../../base/errors.ts';
import type { ManifestSequence } from '../../format/manifest.ts';
import { changedSchemas, readSchemaVersions } from './held-names.ts';
import { displayName, quoteLiteral, quoteName, type QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** A live sequence. */
interface NamedSequence extends QualifiedName {
  oid: string;
}

interface SequenceRow extends NamedSequence {
  extension: string | null;
  owner_schema: string | null;
  owner_table: string | null;
  owner_column: string | null;
}

/** How many sequences one statement reads. */
const batchSize = 500;
/** So often names are looked at again when schemas are altered meanwhile. */
const attempts = 3;

export interface SequencePosition {
  /** `last_value`, as text. */
  last: string;
  called: boolean;
}

/**
 * Every sequence, of an extension only those it asked to have dumped, with its position. Positions are not part of any
 * snapshot. Needs a transaction, and leaves each sequence locked against being altered until that ends.
 * @throws TABLE_VANISHED, INSUFFICIENT_PRIVILEGE
 */
export async function readSequences(session: Session): Promise<ManifestSequence[]> {
  const rows = await session.query<SequenceRow>(`
    select c.oid::pg_catalog.int8 as oid, n.nspname as schema, c.relname as name, x.extname as extension,
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
  const positions = await readPositions(session, rows);
  return rows.map((row) => {
    const { last, called } = positions.get(row)!;
    const { owner_schema: schema, owner_table: name, owner_column: column } = row;
    return {
      schema: row.schema,
      name: row.name,
      lastValue: last,
      isCalled: called,
      ...(row.extension === null ? {} : { extension: row.extension }),
      ownedBy: schema === null || name === null || column === null ? null : { schema, name, column },
    };
  });
}

/**
 * The positions of these sequences. Needs a transaction, and leaves each sequence locked against being altered until that
 * ends.
 * @throws TABLE_VANISHED, INSUFFICIENT_PRIVILEGE
 */
export async function readPositions<Row extends NamedSequence>(
  session: Session,
  rows: readonly Row[],
): Promise<Map<Row, SequencePosition>> {
  if (rows.length === 0) return new Map();
  const unreadable = await session.query<{ oid: string }>(
    `select o.oid::pg_catalog.int8 as oid from pg_catalog.unnest($1::pg_catalog.oid[]) o(oid)
     where not pg_catalog.has_sequence_privilege(o.oid, 'select')`,
    [rows.map(({ oid }) => oid)],
  );
  if (unreadable.length > 0) {
    const names = rows.filter(({ oid }) => unreadable.some((each) => each.oid === oid)).map(displayName);
    throw new HoldfastError(
      'INSUFFICIENT_PRIVILEGE',
      `This role may not read the sequences ${names.join(', ')}.`,
    );
  }
  const found = await readByOid(session, rows, await session.serverVersionNum());
  const rest = rows.filter((row) => !found.has(row));
  for (const [row, position] of await readByName(session, rest)) found.set(row, position);
  return found;
}

/** Those whose position a function tells, for which a name counts nothing; before PostgreSQL 18 only of those in use. */
async function readByOid<Row extends NamedSequence>(
  session: Session,
  rows: readonly Row[],
  serverVersionNum: number,
): Promise<Map<Row, SequencePosition>> {
  const position =
    serverVersionNum >= 180000
      ? `(select p.last_value::pg_catalog.text as last, p.is_called as called from pg_catalog.pg_get_sequence_data(o.oid) p)`
      : `(select pg_catalog.pg_sequence_last_value(o.oid)::pg_catalog.text as last, true as called)`;
  const positions = await session.query<{ last: string | null; called: boolean }>(
    `select p.last, p.called from pg_catalog.unnest($1::pg_catalog.oid[]) with ordinality o(oid, place)
       cross join lateral ${position} p order by o.place`,
    [rows.map(({ oid }) => oid)],
  );
  return new Map(
    rows.flatMap((row, i): [Row, SequencePosition][] => {
      const { last, called } = positions[i]!;
      return last === null ? [] : [[row, { last, called }]];
    }),
  );
}

/**
 * A name could be made to lead to something else, which a query would run code of. They were locked by oid, so their own
 * names stay; those of their schemas are looked at before, and again after.
 */
async function readByName<Row extends NamedSequence>(
  session: Session,
  rows: readonly Row[],
): Promise<Map<Row, SequencePosition>> {
  const found = new Map<Row, SequencePosition>();
  if (rows.length === 0) return found;
  const schemas = new Set(rows.map(({ schema }) => schema));
  for (let attempt = 1; ; attempt++) {
    const before = await readSchemaVersions(session);
    await requireNames(session, rows);
    for (let at = 0; at < rows.length; at += batchSize) {
      const batch = rows.slice(at, at + batchSize);
      const positions = await session.query<SequencePosition & { i: number }>(
        batch
          .map(
            (row, i) =>
              `select ${i} as i, last_value::pg_catalog.text as last, is_called as called from ${quoteName(row)}`,
          )
          .join(' union all '),
      );
      for (const { i, last, called } of positions) found.set(batch[i]!, { last, called });
    }
    const changed = changedSchemas(before, await readSchemaVersions(session)).filter((name) =>
      schemas.has(name),
    );
    if (changed.length === 0) return found;
    if (attempt === attempts) {
      throw new HoldfastError(
        'TABLE_VANISHED',
        `Schemas were renamed or altered while their sequences were read: ${changed.join(', ')}.`,
        { details: { schemas: changed } },
      );
    }
  }
}

async function requireNames(session: Session, rows: readonly NamedSequence[]): Promise<void> {
  const named = await session.query<{ oid: string | null }>(
    `select pg_catalog.to_regclass(o.name)::pg_catalog.oid::pg_catalog.int8 as oid
     from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality o(name, place) order by o.place`,
    [rows.map(quoteName)],
  );
  const gone = rows.filter((row, i) => named[i]!.oid !== row.oid).map(displayName);
  if (gone.length === 0) return;
  throw new HoldfastError(
    'TABLE_VANISHED',
    `Sequences were renamed or dropped meanwhile: ${gone.join(', ')}.`,
    {
      details: { sequences: gone },
    },
  );
}

/** The setval() call that puts a sequence where the manifest says. */
export function setvalCall(sequence: ManifestSequence): string {
  return `pg_catalog.setval(${quoteRegclass(sequence)}, ${BigInt(sequence.lastValue)}, ${sequence.isCalled})`;
}

function quoteRegclass(name: QualifiedName): string {
  return `${quoteLiteral(quoteName(name))}::pg_catalog.regclass`;
}
