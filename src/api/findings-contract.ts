import type * as shapes from '../contract/shapes.ts';

/** Damage in the data, and what is announced beforehand: a part of `BackupApi`. */
export interface FindingsApi {
  /** What looks like damage to the data in backups, newest first, and what cleanup keeps because of it. */
  listFindings(query?: { state?: shapes.Finding['state'] | undefined }): Promise<shapes.FindingsAnswer>;
  /** @throws FINDING_NOT_FOUND */
  getFinding(id: number): Promise<shapes.Finding>;
  /**
   * Settles a finding, or what it says of some tables. Cleanup goes on when every finding is settled.
   * @throws FINDING_NOT_FOUND; INVALID_REQUEST for a table that it does not name
   */
  decideFinding(id: number, body: shapes.DecisionBody): Promise<shapes.Finding>;
  /** Announces an import or a migration: what it changes raises no alarm. */
  announce(body: shapes.AnnouncementBody): Promise<shapes.Announcement>;
  /** Those in force, the next to end first. */
  listAnnouncements(): Promise<shapes.Announcement[]>;
  /** Ends one before its time. @throws ANNOUNCEMENT_NOT_FOUND */
  endAnnouncement(id: number): Promise<shapes.Announcement>;
}
