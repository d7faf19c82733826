import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { databaseFailure, sqlState } from '../../postgres/failure.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry } from '../entries/identity.ts';
import { needsSuperuser } from '../entries/needs-superuser.ts';
import { entrySql, isLate } from '../entries/sql.ts';
import type { MadeExtensions } from './extensions.ts';

/** A definition that a scratch database does not have. */
export interface LeftOutDefinition {
  /** `VIEW public.report` */
  what: string;
  why: string;
}

export interface MadeDefinitions {
  /** What an answer may lack. */
  leftOut: LeftOutDefinition[];
  /** By the quoted name of a table: why a partition or a table that inherits from it is not here. */
  withoutParts: Map<string, string>;
}

/**
 * No answer depends on them, and they would cost time, forbid rows that are there, or do something. Primary keys and other constraints
 * are made: GROUP BY on a key needs it.
 */
const needless = new Set([
  'ACL',
  // Those that are not valid, which rows may violate.
  'CHECK CONSTRAINT',
  'COMMENT',
  'DEFAULT ACL',
  'EVENT TRIGGER',
  'FK CONSTRAINT',
  'INDEX',
  'POLICY',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'ROW SECURITY',
  'SECURITY LABEL',
  'STATISTICS',
  'SUBSCRIPTION',
  'SUBSCRIPTION TABLE',
  'TRIGGER',
]);

/** They lead out of the database. */
const outward = new Set(['FOREIGN DATA WRAPPER', 'FOREIGN TABLE', 'SERVER', 'USER MAPPING']);

/** From this many on, statements that are sent together are not worth waiting for. */
const batchSize = 50;

/**
 * Makes what a backup defines, without rows, as the role of `session`. What it may not make, and what hangs on that, is left out.
 * @param extensions are there already, with their schemas
 */
export async function makeDefinitions(
  session: Session,
  manifest: Manifest,
  extensions: MadeExtensions,
): Promise<MadeDefinitions> {
  const gone = new Map<number, string>();
  const leftOut: LeftOutDefinition[] = [];
  const leave = (entry: SchemaEntry, why: string | undefined): void => {
    gone.set(entry.id, why ?? '');
    if (why !== undefined) leftOut.push({ what: describeEntry(entry), why });
  };
  let batch: SchemaEntry[] = [];
  const makeBatch = async (): Promise<void> => {
    const entries = batch;
    batch = [];
    if (await isMade(session, entries)) return;
    for (const entry of entries) {
      if (entry.dependsOn.some((id) => gone.has(id))) leave(entry, 'what it needs is not here');
      else {
        const failure = await failureOf(session, [entry]);
        if (failure) leave(entry, failure.message);
      }
    }
  };
  for (const entry of inOrder(manifest.schema.entries)) {
    if (isThere(entry, extensions)) continue;
    const why = whyNot(entry, extensions);
    if (needless.has(entry.kind)) leave(entry, undefined);
    else if (why !== undefined) leave(entry, why);
    else if (entry.dependsOn.some((id) => gone.has(id))) {
      leave(entry, entry.kind === 'INDEX ATTACH' ? undefined : 'what it needs is not here');
    } else batch.push(entry);
    if (batch.length >= batchSize) await makeBatch();
  }
  await makeBatch();
  return { leftOut, withoutParts: withoutParts(manifest.schema.entries, gone) };
}

/** Tables whose rows would be fewer than they are, without an error of the server. */
function withoutParts(
  entries: readonly SchemaEntry[],
  gone: ReadonlyMap<number, string>,
): MadeDefinitions['withoutParts'] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const found: MadeDefinitions['withoutParts'] = new Map();
  for (const entry of entries) {
    const why = gone.get(entry.id);
    const inherits = entry.kind.endsWith('TABLE') && /\bINHERITS \(/.test(entry.sql);
    if (why === undefined || !(inherits || entry.kind === 'TABLE ATTACH')) continue;
    for (const id of entry.dependsOn) {
      const parent = byId.get(id);
      if (parent?.kind !== 'TABLE' || parent.schema === null || isSame(parent, entry)) continue;
      const cause = entry.dependsOn.map((each) => gone.get(each)).find(Boolean) ?? why;
      found.set(
        quoteName({ schema: parent.schema, name: parent.name }),
        `${displayName({ schema: entry.schema ?? '', name: entry.name })}: ${cause}`,
      );
    }
  }
  return found;
}

function isSame(a: SchemaEntry, b: SchemaEntry): boolean {
  return a.schema === b.schema && a.name === b.name;
}

/** Refreshes come after everything that they may call. */
function inOrder(entries: readonly SchemaEntry[]): SchemaEntry[] {
  return [...entries.filter((entry) => !isLate(entry)), ...entries.filter(isLate)];
}

function isThere({ kind, name }: SchemaEntry, { made, schemas }: MadeExtensions): boolean {
  return (kind === 'EXTENSION' && made.has(name)) || (kind === 'SCHEMA' && schemas.has(name));
}

function whyNot(entry: SchemaEntry, { problems }: MadeExtensions): string | undefined {
  if (outward.has(entry.kind)) return 'a scratch database reaches no other server';
  if (entry.kind === 'EXTENSION') return problems.get(entry.name) ?? 'it is not known where it belongs';
  return needsSuperuser(entry)
    ? 'only a superuser may make it, and nothing of a backup runs as one'
    : undefined;
}

async function isMade(session: Session, entries: readonly SchemaEntry[]): Promise<boolean> {
  return entries.length === 0 || (await failureOf(session, entries)) === undefined;
}

/** All of them or none: one simple query is one transaction. @returns the server's error */
async function failureOf(session: Session, entries: readonly SchemaEntry[]): Promise<Error | undefined> {
  try {
    await session.execute(entries.map((entry) => entrySql(entry, false)).join('\n'));
    return undefined;
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return databaseFailure(error);
  }
}
