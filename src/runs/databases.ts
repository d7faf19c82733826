import type { ConnectionTarget } from '../postgres/connection.ts';

/** Which database is used for what. */
export interface Databases {
  /** Has our own tables, and sends the notifications about them. */
  readonly catalog: ConnectionTarget;
  /** Where the locks of lanes and backups are held. */
  readonly locks: ConnectionTarget;
  /** Is backed up. */
  readonly source: ConnectionTarget;
  /** Is restored into. A new database is made on its server. */
  readonly live: ConnectionTarget;
  /** Whether our own tables are in another database than the protected one: then no transaction can be of both. */
  readonly apart: boolean;
}

/** @param catalog the database of our own tables, where that is not the protected one */
export function databasesOf(target: ConnectionTarget, catalog?: ConnectionTarget): Databases {
  const own = catalog ?? target;
  return { catalog: own, locks: own, source: target, live: target, apart: catalog !== undefined };
}

/** With every connection of a run marked, so that other processes find them when its process has died. */
export function marked(databases: Databases, mark: string): Databases {
  return {
    ...databases,
    source: { ...databases.source, mark },
    live: { ...databases.live, mark },
  };
}
