import { HoldfastError } from '../base/errors.ts';
import { factsOfType, type BackupType } from '../contract/backup-type.ts';

/**
 * Says of what a restore, a comparison or a question may be made: of a backup that has tables.
 * @returns how much of its database it has
 * @throws BACKUP_OF_GLOBALS
 */
export function requireTables({ type, uuid }: { type: BackupType; uuid: string }): 'full' | 'partial' {
  if (type !== 'globals' && factsOfType[type].holdsTables) return type;
  throw new HoldfastError(
    'BACKUP_OF_GLOBALS',
    `The backup ${uuid} is of the roles and tablespaces of a server. It has no tables.`,
    { details: { uuid } },
  );
}
