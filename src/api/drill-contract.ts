import type * as shapes from '../contract/shapes.ts';
import type { OpenOption, WaitOption, WaitOptions } from './contract.ts';

/** Backups that are proved by restoring them, and certificates: a part of `BackupApi`. */
export interface DrillApi {
  /**
   * Restores a completed backup into a scratch database, compares every row and definition, runs the checks, and drops it. With
   * `store` the copy in that store; with `to` into that server, the address of any database of it, which stays in the memory of this process; `wait` is as in
   * `createBackup`, `identity` as in `restore`. One that is inconclusive resolves too: see `verdict`.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, DRILL_TARGET_MISSING; with `wait`: DRILL_FAILED when the backup did not come back,
   *   DRILL_TARGET_REFUSED
   */
  drillBackup(
    id: number,
    options?: WaitOption & OpenOption & { store?: string; to?: string },
  ): Promise<shapes.Drill>;
  /** Newest first. */
  listDrills(query?: shapes.ListQuery): Promise<shapes.DrillPage>;
  /** @throws DRILL_NOT_FOUND */
  getDrill(id: number): Promise<shapes.DrillDetail>;
  /** Like cancelBackup. The scratch database is dropped. @throws DRILL_NOT_FOUND */
  cancelDrill(id: number): Promise<shapes.Drill>;
  /** Resolves when the drill has a verdict other than failed. @throws DRILL_NOT_FOUND; the error it ended in */
  waitForDrill(id: number, options?: WaitOptions): Promise<shapes.Drill>;
  /** The newest certificate of a backup. @throws BACKUP_NOT_FOUND, CERTIFICATE_NOT_FOUND */
  getCertificate(id: number): Promise<shapes.Certificate>;
  /**
   * Proves and keeps a certificate that was made elsewhere.
   * @throws BACKUP_NOT_FOUND, CERTIFICATE_INVALID, SIGNATURE_INVALID
   */
  keepCertificate(certificate: shapes.Certificate): Promise<shapes.Drill>;
}
