import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { readSequences } from '../../postgres/inspect/sequences.ts';
import { dumpSchema } from '../../postgres/pg-dump/pg-dump.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry, indexEntries } from '../entries/identity.ts';
import { counterparts } from '../entries/schema-changes.ts';

export interface ComparedSchema {
  /** Sentences. */
  problems: string[];
  /** Whether definitions were compared, or only that each object is there: another version of PostgreSQL writes them differently. */
  byDefinition: boolean;
}

/**
 * Reads the definitions of the restored database with pg_dump and compares them with those of the backup.
 * @param entries those that were restored
 * @param major of the scratch server
 */
export async function compareSchema(
  database: ConnectionTarget,
  manifest: Manifest,
  entries: readonly SchemaEntry[],
  major: number,
  signal: AbortSignal,
): Promise<ComparedSchema> {
  const dumped = await dumpSchema(database, { excludeTables: [], excludeSchemas: [], signal });
  const backup = indexEntries(manifest.schema.entries);
  const restored = indexEntries(dumped.entries);
  const counterpart = counterparts(backup, restored);
  const byDefinition =
    Math.floor(manifest.source.serverVersionNum / 10_000) === major &&
    majorOf(dumped.dumper) === majorOf(manifest.schema.dumper);
  const known = new Set(manifest.schema.entries.map(({ id }) => id));
  const byId = backup.byId;
  const problems = entries.flatMap((planned) => {
    const entry = known.has(planned.id) ? byId.get(planned.id)! : planned;
    const is = counterpart(entry);
    if (!is) return [`${describeEntry(entry)} is not in the restored database.`];
    // The rule that defines a view is compared with the view.
    if (!byDefinition || backup.viewOf(entry)) return [];
    if (restored.definitionOf(is) !== backup.definitionOf(entry)) {
      return [`${describeEntry(entry)} is defined differently from the backup.`];
    }
    return is.ownerSql === entry.ownerSql
      ? []
      : [`${describeEntry(entry)} belongs to ${is.owner}, and in the backup to ${entry.owner}.`];
  });
  return { problems, byDefinition };
}

/** `18` of `pg_dump 18.3 (wasm)`. */
function majorOf(dumper: string): string | undefined {
  return /\d+/.exec(dumper)?.[0];
}

/** Sentences about sequences that are not where the backup has them. */
export async function compareSequences(session: Session, manifest: Manifest): Promise<string[]> {
  await session.execute('begin');
  const found = new Map((await readSequences(session)).map((each) => [displayName(each), each]));
  await session.execute('commit');
  return manifest.sequences.flatMap((sequence) => {
    const name = displayName(sequence);
    const is = found.get(name);
    if (!is) return [`The sequence ${name} is not in the restored database.`];
    if (is.lastValue === sequence.lastValue && is.isCalled === sequence.isCalled) return [];
    return [
      `The sequence ${name} is at ${is.lastValue}, and in the backup at ${sequence.lastValue}${is.isCalled === sequence.isCalled ? '' : ' (is_called differs)'}.`,
    ];
  });
}

/** Sentences about constraints that are not validated and indexes that are not valid, though the backup has them so. */
export async function compareConstraints(session: Session, manifest: Manifest): Promise<string[]> {
  const unvalidated = await session.query<{ name: string; of: string }>(
    `select c.conname as name, coalesce(r.relname, t.typname) as of from pg_catalog.pg_constraint c
       left join pg_catalog.pg_class r on r.oid = c.conrelid
       left join pg_catalog.pg_type t on t.oid = c.contypid
     where not c.convalidated order by 2, 1`,
  );
  const invalid = await session.query<{ name: string; of: string }>(
    `select i.relname as name, r.relname as of from pg_catalog.pg_index x
       join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_class r on r.oid = x.indrelid
     where not (x.indisvalid and x.indisready and x.indislive) order by 2, 1`,
  );
  const loose = manifest.schema.entries.filter(({ sql }) => /\bNOT (?:VALID|ENFORCED)\b/.test(sql));
  // Of a partitioned table's index pg_dump says by ON ONLY that it is not valid until its parts are attached.
  const partial = manifest.schema.entries.filter(
    ({ kind, sql }) => kind === 'INDEX' && / ON ONLY /.test(sql),
  );
  const isIn = (entries: readonly SchemaEntry[], name: string): boolean =>
    entries.some(({ sql }) => sql.includes(name));
  return [
    ...unvalidated
      .filter(({ name }) => !isIn(loose, name))
      .map(({ name, of }) => `The constraint ${name} of ${of} is not validated, and in the backup it is.`),
    ...invalid
      .filter(({ name }) => !isIn(partial, name))
      .map(({ name, of }) => `The index ${name} of ${of} is not valid.`),
  ];
}
