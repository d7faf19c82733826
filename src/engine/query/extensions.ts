import type { Manifest } from '../../format/manifest.ts';
import { databaseFailure, sqlState } from '../../postgres/failure.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';

export interface MadeExtensions {
  made: Set<string>;
  /** Schemas that were made for them. */
  schemas: Set<string>;
  /** Why the others were not. */
  problems: Map<string, string>;
}

/**
 * Makes the extensions of a backup that PostgreSQL calls trusted: they give nobody rights beyond the database. Their scripts run as
 * a superuser, so this comes before anything of the backup is there that they could meet.
 * @param session of the role that owns the database, and runs nothing in it after that
 * @param owner of the schemas
 */
export async function makeExtensions(
  session: Session,
  manifest: Manifest,
  owner: string,
): Promise<MadeExtensions> {
  const trusted = await trustedExtensions(session);
  const result: MadeExtensions = { made: new Set(), schemas: new Set(), problems: new Map() };
  for (const { name, schema } of inOrder(manifest)) {
    if (!trusted.has(name)) {
      result.problems.set(name, 'the scratch server has no such extension that is trusted');
      continue;
    }
    const isNew = schema !== 'public' && schema !== 'pg_catalog' && !result.schemas.has(schema);
    const schemaSql = `create schema ${quoteIdentifier(schema)} authorization ${quoteIdentifier(owner)}; `;
    try {
      await session.execute(
        `${isNew ? schemaSql : ''}create extension if not exists ${quoteIdentifier(name)} with schema ${quoteIdentifier(schema)}`,
      );
      result.made.add(name);
      if (isNew) result.schemas.add(schema);
    } catch (error) {
      if (sqlState(error) === undefined) throw error;
      result.problems.set(name, databaseFailure(error).message);
    }
  }
  return result;
}

/** As pg_dump makes them: what others need comes first. */
function inOrder({ extensions, schema }: Manifest): Manifest['extensions'] {
  const places = new Map(
    schema.entries.flatMap(({ kind, name }, i) => (kind === 'EXTENSION' ? [[name, i] as const] : [])),
  );
  return extensions.toSorted((a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0));
}

async function trustedExtensions(session: Session): Promise<Set<string>> {
  const rows = await session.query<{ name: string }>(
    `select e.name from pg_catalog.pg_available_extensions e
      join pg_catalog.pg_available_extension_versions v on v.name = e.name and v.version = e.default_version
      where v.trusted`,
  );
  return new Set(rows.map(({ name }) => name));
}
