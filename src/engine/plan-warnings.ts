import type { Manifest } from '../format/manifest.ts';
import { databaseStatements, readDatabaseProperties } from '../postgres/database-properties.ts';
import { readDependentMatviews, readPublishedTables } from '../postgres/dependents.ts';
import { displayName } from '../postgres/identifiers.ts';
import type { Session } from '../postgres/session.ts';
import { readEventTriggers } from '../postgres/triggers.ts';

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
    warnings.push(`Materialised views that will be refreshed: ${matviews.map(displayName).join(', ')}.`);
  }
  return warnings;
}

/** What of the database itself stays as it is, although the backup's is another. */
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
