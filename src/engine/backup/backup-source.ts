import { databaseKeyOf } from '../../format/database-key.ts';
import type { ManifestSource } from '../../format/manifest.ts';
import { readEvaluationSettings } from '../../postgres/inspect/evaluation-settings.ts';
import { readSource } from '../../postgres/inspect/relations.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { BackupBefore } from '../requests.ts';
import type { BackupWarnings } from './warnings.ts';

/** Where the data of a backup come from. */
export async function readBackupSource(
  session: Session,
  before: BackupBefore | undefined,
  warnings: BackupWarnings,
): Promise<ManifestSource> {
  const source = { ...(await readSource(session)), evaluation: await readEvaluationSettings(session) };
  warnOfOtherDatabase(source, before, warnings);
  return source;
}

/**
 * Warns where the backup before this one is of another database. That is so after a move to another server or a restore into a new
 * database; and where a name in the configuration leads to another database by mistake.
 */
function warnOfOtherDatabase(
  source: ManifestSource,
  before: BackupBefore | undefined,
  warnings: BackupWarnings,
): void {
  // A role that may not read the identifier of the server knows only half of it.
  const isKnown = source.systemIdentifier !== '' && before?.source.startsWith('/') === false;
  // Of a backup from before manifests had the oid there is the name.
  const keys = [databaseKeyOf(source), databaseKeyOf({ ...source, databaseOid: undefined })];
  if (!isKnown || keys.includes(before.source)) return;
  warnings.add({
    code: 'DATABASE_CHANGED',
    object: null,
    message: `This backup is of the database "${source.database}", and the one before it is of another one: look at backup ${before.id} and those before it. That is expected after a move, an upgrade or a restore into a new database. If you have done none of these, the connection leads to the wrong database: correct it, and pin the earlier backups that you want to keep, because retention counts them all together.`,
  });
}
