import type { RestoreReport } from '../../contract/restore.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import type { Store } from '../../store/store.ts';
import type { RunControl } from '../run.ts';
import type { LeadPlace } from '../sharing/sharing.ts';

/** What running a plan needs besides the plan. */
export interface RestoreWork {
  /** The live database, or one of another server. A new one is made on its server. */
  live: ConnectionTarget;
  store: Store;
  control: RunControl;
  /** Where other machines can join the loading of a new database; it loads alone without. */
  shared?: LeadPlace | undefined;
  /** Called with the name that a new database has until it is complete, before it is made. */
  onUnfinished?: (database: string) => Promise<void>;
  /** Of another server: names of unfinished databases that may be on it. */
  leftBehind?: readonly string[];
  /** Called with the names of unfinished databases that are gone from another server: its own, and those that others left. */
  onDropped?: (databases: string[]) => Promise<void>;
  /**
   * Called as the last thing in the transaction that makes the restore take effect: what it writes on the connection is
   * committed together with the restore. @throws to undo both
   */
  record?: (report: RestoreReport, connection: RestoreConnection) => Promise<void>;
}

export interface RestoreConnection {
  query(text: string, values: unknown[]): Promise<readonly unknown[]>;
}
