import type * as shapes from '../contract/shapes.ts';
import type { OpenOption, WaitOption, WaitOptions } from './contract.ts';

/** The stores, and what is in them: a part of `BackupApi`. */
export interface StoresApi {
  /** Every configured store and the one in the database, in bounded time: one that cannot be reached has its error. */
  listStores(): Promise<shapes.StoresAnswer>;
  /**
   * Makes a configured store whose place is empty. The keys of an encrypted one are in the answer and nowhere else.
   * @throws STORE_NOT_FOUND; INVALID_REQUEST where there is a store, or a writer key is configured for it; STORE_*
   */
  createStore(name: string, body: shapes.CreateStoreBody): Promise<shapes.CreateStoreAnswer>;
  /**
   * Takes over a store that another installation wrote to; that one gets STORE_TAKEN from then on.
   * @throws STORE_NOT_FOUND; STORE_*
   */
  takeStore(name: string): Promise<shapes.TakeStoreAnswer>;
  /**
   * Compares a store with what the catalog believes of it, and makes its index again. Reads no rows and deletes nothing.
   * This process performs it.
   * @throws STORE_NOT_FOUND; with `wait` the error it ended in: STORE_TAKEN; STORE_*
   */
  checkStore(name: string, options?: WaitOption): Promise<shapes.Check>;
  /** Newest first. */
  listChecks(query?: shapes.ListQuery): Promise<shapes.CheckPage>;
  /** @throws CHECK_NOT_FOUND */
  getCheck(id: number): Promise<shapes.Check>;
  /** Like cancelBackup. @throws CHECK_NOT_FOUND */
  cancelCheck(id: number): Promise<shapes.Check>;
  /** Resolves when the store has been looked at. @throws CHECK_NOT_FOUND; the error it ended in */
  waitForCheck(id: number, options?: WaitOptions): Promise<shapes.Check>;
  /**
   * Takes backups of a store into the catalog that have no row there. This process performs it.
   * @throws STORE_NOT_FOUND; KEY_REQUIRED; STORE_*; WORKER_REQUIRED for one with a key in a process that performs no runs; with `wait` the error
   *   it ended in
   */
  importStore(name: string, options?: WaitOption & OpenOption): Promise<shapes.Import>;
  /** Newest first. */
  listImports(query?: shapes.ListQuery): Promise<shapes.ImportPage>;
  /** @throws IMPORT_NOT_FOUND */
  getImport(id: number): Promise<shapes.Import>;
  /** Like cancelBackup; the next import goes on. @throws IMPORT_NOT_FOUND */
  cancelImport(id: number): Promise<shapes.Import>;
  /** Resolves when the backups are in the catalog. @throws IMPORT_NOT_FOUND; the error it ended in */
  waitForImport(id: number, options?: WaitOptions): Promise<shapes.Import>;
  /**
   * Moves a document out of the way that cannot be believed, and that no backup of the catalog has, so that cleanup goes on. It is kept.
   * @throws STORE_NOT_FOUND; STORE_TAKEN; BACKUP_NOT_FOUND; INVALID_REQUEST for one that can be believed, or that the catalog has
   */
  setDocumentAside(name: string, body: shapes.SetAsideBody): Promise<shapes.SetAsideAnswer>;
  /**
   * Has the catalog forget a store; nothing in it is touched. Backups with a whole copy elsewhere are at home there then.
   * @param options.force also where backups are in this store alone: the catalog has them no more
   * @throws STORE_NOT_FOUND; INVALID_REQUEST for the one in the database, while a run writes to it, and without `force`
   */
  forgetStore(name: string, options?: { force?: boolean | undefined }): Promise<shapes.ForgottenStoreAnswer>;
  /**
   * Tries with objects of its own what the credentials of a store may do, and how fast it is. What fails is in the answer, which is
   * kept as `lastTest` of the store. Works before the store and our tables are made.
   * @throws STORE_NOT_FOUND; INVALID_REQUEST for the one in the database
   */
  testStore(name: string, options?: shapes.StoreTestBody): Promise<shapes.TestStoreAnswer>;
}
