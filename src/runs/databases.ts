import type { ConnectionTarget } from '../postgres/connection.ts';

/** Which database is used for what. All of them are one today. */
export interface Databases {
  /** Has our own tables, and sends the notifications about them. */
  readonly catalog: ConnectionTarget;
  /** Where the locks of lanes and backups are held. */
  readonly locks: ConnectionTarget;
  /** Is backed up. */
  readonly source: ConnectionTarget;
  /** Is restored into. A new database is made on its server. */
  readonly live: ConnectionTarget;
}

export function oneDatabase(target: ConnectionTarget): Databases {
  return { catalog: target, locks: target, source: target, live: target };
}

/** With every connection of a run marked, so that other processes find them when its process has died. */
export function marked(databases: Databases, mark: string): Databases {
  return {
    ...databases,
    source: { ...databases.source, mark },
    live: { ...databases.live, mark },
  };
}
