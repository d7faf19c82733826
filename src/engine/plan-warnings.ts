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
