import type { RestoreTarget } from '../../contract/restore-target.ts';
import type { Manifest, ManifestWarning } from '../../format/manifest.ts';
import { databaseStatements, readDatabaseProperties } from '../../postgres/inspect/database-properties.ts';
import { readDependentMatviews, readPublishedTables } from '../../postgres/inspect/dependents.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { readEventTriggers } from '../../postgres/inspect/triggers.ts';
import type { RestoreScope } from '../entries/scope.ts';

/** @param oids the tables to be filled, with all their ancestors */
export async function inPlaceWarnings(session: Session, oids: readonly number[]): Promise<string[]> {
  const warnings: string[] = [];
  const published = await readPublishedTables(session, oids);
  if (published.length > 0) {
    warnings.push(
      `Published to subscribers, who will see the rows replaced as well: ${published.map(displayName).join(', ')}.`,
    );
  }
  const firing = (await readEventTriggers(session)).filter((trigger) => !trigger.changeable);
  if (firing.length > 0) {
    warnings.push(
      `Event triggers that will fire, because this role may not disable them: ${firing.map((t) => t.name).join(', ')}.`,
    );
  }
  const matviews = await readDependentMatviews(session, oids);
  if (matviews.length > 0) {
    warnings.push(`Materialized views that will be refreshed: ${matviews.map(displayName).join(', ')}.`);
  }
  return warnings;
}

/** Properties of the database itself that differ from the backup and stay as they are. */
export async function databaseDiffers(session: Session, { database }: Manifest): Promise<string[]> {
  if (!database) return [];
  const { properties: live } = await readDatabaseProperties(session);
  const [now, then] = [live, database].map((properties) =>
    databaseStatements('', properties).map(({ what, sql }) => JSON.stringify([what, sql])),
  ) as [string[], string[]];
  const differing = [
    ...now.filter((each) => !then.includes(each)),
    ...then.filter((each) => !now.includes(each)),
  ].map((each) => (JSON.parse(each) as [string, string])[0]);
  if (differing.length === 0) return [];
  return [
    `Of the database itself, these differ from the backup and stay as they are: ${[...new Set(differing)].join(', ')}.`,
  ];
}

/** The warnings of a backup that concern this restore. A new database gets the whole schema, also with chosen tables. */
export function warningsFor(
  warnings: readonly ManifestWarning[],
  scope: RestoreScope,
  target: RestoreTarget,
): string[] {
  const everything = scope.whole || target.mode === 'new-database';
  const restored = new Set(scope.tables.map(quoteName));
  return warnings
    .filter(({ table }) => everything || (table !== null && restored.has(quoteName(table))))
    .map(({ message }) => `When the backup was taken: ${message}`);
}
