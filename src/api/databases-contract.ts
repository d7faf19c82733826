import type { DatabasesAnswer } from '../contract/database.ts';

/** Several databases with one Holdfast: a part of `BackupApi`. */
export interface DatabasesApi {
  /**
   * Every protected database with its health, and those of the same servers that nothing protects. One that does not answer is among
   * them. It is the same whichever database the API is of.
   */
  listDatabases(): Promise<DatabasesAnswer>;
}
