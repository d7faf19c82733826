import type { HostCaller } from './config.ts';
import type { BackupApi } from './contract.ts';

/** The API of one database. */
export interface SystemFaces {
  api: BackupApi;
  /**
   * The same in the name of an actor, who may do what their scopes admit: the audit has the name. For an application that has users of
   * its own; what `api` does is done by the application itself.
   */
  apiAs(actor: HostCaller & { address?: string }): BackupApi;
}

/** What `createBackupSystem` returns. */
export interface BackupSystem extends SystemFaces {
  /** The HTTP API and the admin page: answers every request under the base path, and 404 outside it. Never rejects. */
  fetch: (request: Request) => Promise<Response>;
  /**
   * The API of another one of the databases that this system protects; `api` is that of the first.
   * @throws DATABASE_NOT_FOUND
   */
  database(name: string): Promise<SystemFaces>;
  /**
   * From now on this process runs the schedules, performs the runs that other processes order (unless `worker` is false), and
   * marks the runs of dead processes as interrupted. Without it, schedules run only if another process has called it, or
   * `holdfast serve` or `holdfast worker` is running; everything else works. Does not keep the process alive.
   * @throws if the database does not answer now; schedules start nevertheless as soon as it does
   */
  start(): Promise<void>;
  /** Interrupts the runs of this process, waits until that is recorded, and closes every connection. */
  stop(): Promise<void>;
}
