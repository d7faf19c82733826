import { HoldfastError } from '../../base/errors.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { dumpSchemaInTransaction, type DumpOptions } from '../../postgres/pg-dump/pg-dump.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { steadyStatement } from '../plan/evaluation.ts';
import { describeEntry, indexEntries, type EntryIndex } from '../entries/identity.ts';
import { unreadable, type PlannedSchema } from '../plan/planned-schema.ts';
import type { Rebuild } from './rebuild.ts';
import { ownerOf } from '../entries/parts.ts';
import { counterparts } from '../entries/schema-changes.ts';
import { tableRepairs } from '../entries/table-repairs.ts';

/** How many problems the message names; the details have all. */
const namedProblems = 5;
export const lockTimeoutMs = 300_000;

/**
 * Reads the schema once more, inside the transaction that restored it, and compares it with the plan: created
 * objects exist and are defined as in the backup, and the others are unchanged.
 * @throws PROOF_FAILED naming each difference
 */
export async function proveSchema(
  session: Session,
  schema: PlannedSchema,
  rebuild: Rebuild,
  options: DumpOptions,
): Promise<void> {
  // pg_dump writes constants according to the settings, and those of the backup were written under ours.
  const ours = steadyStatement(rebuild.evaluation, 'ours');
  if (ours !== '') await session.execute(ours);
  const dumped = await dumpSchemaInTransaction(session.client, {
    ...options,
    // Waiting is better than failing the whole restore over a lock on a table that it does not touch.
    lockTimeoutMs: Math.max(options.lockTimeoutMs ?? 0, lockTimeoutMs),
  }).catch(unreadable);
  const after = indexEntries(dumped.entries);
  const problems = [...schemaProblems(schema, after, rebuild), ...touchedProblems(schema, after)];
  if (problems.length > 0) throw proofFailed(problems);
}

export function proofFailed(problems: readonly string[]): HoldfastError {
  const more = problems.length > namedProblems ? ` and ${problems.length - namedProblems} more` : '';
  return new HoldfastError(
    'PROOF_FAILED',
    `After the restore the schema was not as planned: ${problems.slice(0, namedProblems).join('; ')}${more}.`,
    {
      hint: 'Nothing was changed. If the schema was changed by something else meanwhile, restore again; otherwise restore into a new database.',
      details: { problems },
    },
  );
}

function schemaProblems(
  { backup, live, changes, exact, replacement }: PlannedSchema,
  after: EntryIndex,
  rebuild: Rebuild,
): string[] {
  const leftOut = new Set(changes.leftOut.map(({ entry }) => entry));
  const before = counterparts(backup, live);
  const now = counterparts(backup, after);
  const problem = (entry: SchemaEntry): string | undefined => {
    const is = now(entry);
    if (!is) return 'is missing';
    const was = before(entry);
    // The rule that defines a view is compared with the view.
    const known = exact || replacement?.target.ofToday.has(entry);
    if ((!was && !known) || backup.viewOf(entry)) return undefined;
    const definition = after.definitionOf(is);
    const kept = was !== undefined && definition === live.definitionOf(was);
    const repaired = changes.repairs.some(({ table }) => table === entry)
      ? tableRepairs(entry.sql, is.sql).repairs.length === 0
      : kept;
    if (!repaired && definition !== backup.definitionOf(entry)) {
      return was ? 'is no longer defined as it was' : 'is not defined as in the backup';
    }
    const owner = (was ?? entry).ownerSql;
    return (was || rebuild.request.owners) && is.ownerSql !== owner ? `belongs to ${is.owner}` : undefined;
  };
  return [...changes.scope].flatMap((entry) => {
    if (leftOut.has(entry) || madeOtherwise(entry, rebuild)) return [];
    const found = problem(entry);
    return found === undefined ? [] : [`${describeEntry(entry)} ${found}`];
  });
}

/**
 * Where definitions are replaced: what belongs to objects that lost only a part, such as a foreign key, and is another now. This
 * transaction has them locked, so it is not the work of others.
 */
function touchedProblems({ backup, live, changes, replacement }: PlannedSchema, after: EntryIndex): string[] {
  if (!replacement) return [];
  const { dropped, today } = replacement;
  const gone = new Set(dropped);
  const touched = new Set(
    dropped.map((entry) => ownerOf(today.index, entry)).filter((owner) => owner && !gone.has(owner)),
  );
  const now = counterparts(live, after);
  const covered = counterparts(live, backup);
  return live.entries
    .filter((entry) => {
      const then = covered(entry);
      if (!touched.has(ownerOf(live, entry)) || (then && changes.scope.has(then))) return false;
      const is = now(entry);
      return live.definitionOf(entry) !== (is && after.definitionOf(is)) || entry.ownerSql !== is?.ownerSql;
    })
    .map((entry) => `${describeEntry(entry)} is no longer defined as it was`);
}

/** Whether the request allowed the restore to make this entry differently; the report lists it. */
export function madeOtherwise(entry: SchemaEntry, { leftEmpty, notValid, leftOut }: Rebuild): boolean {
  if (leftOut.includes(describeEntry(entry))) return true;
  const name = `${entry.schema}.${entry.name}`;
  if (entry.kind === 'MATERIALIZED VIEW DATA') return leftEmpty.includes(name);
  if (entry.kind.endsWith('CONSTRAINT')) return notValid.includes(name);
  // A CHECK that became NOT VALID is no longer part of the table's own definition, nor of those that inherit it.
  return (
    entry.kind === 'TABLE' && notValid.some((each) => entry.sql.includes(each.split(' ').at(-1) ?? each))
  );
}
