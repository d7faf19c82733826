import { readHiddenDefinitions } from '../../postgres/inspect/hidden-definitions.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { BackupWarnings } from './warnings.ts';

/** What pg_dump itself says about all subscriptions together. */
const saidOfSubscriptions = 'subscriptions not dumped because current user is not a superuser';

/** Warns of what this role is not shown. */
export async function warnOfHidden(session: Session, warnings: BackupWarnings): Promise<void> {
  for (const { kind, name } of await readHiddenDefinitions(session)) {
    if (kind === 'SUBSCRIPTION') {
      warnings.add({
        code: 'SUBSCRIPTION_NOT_READ',
        object: `${kind} ${name}`,
        message: `Subscription ${name} is not in the backup: only a superuser is shown where it connects to. After a restore create it again.`,
      });
    } else {
      warnings.add({
        code: 'USER_MAPPING_OPTIONS_NOT_READ',
        object: `${kind} ${name}`,
        message: `The user mapping of ${name} is in the backup without its options, such as user and password: this role is not shown them. After a restore set them again with ALTER USER MAPPING.`,
      });
    }
  }
}

/** Warns of what pg_dump printed although it succeeded, but for what is said by name already. */
export function warnOfPrinted(messages: readonly string[], warnings: BackupWarnings): void {
  for (const message of messages) {
    if (message === saidOfSubscriptions) continue;
    warnings.add({ code: 'SCHEMA_READER_WARNED', object: null, message: `pg_dump said: ${message}` });
  }
}

/** Warns of settings of the database that are kept out of the manifest. */
export function warnOfSecrets(settings: readonly string[], warnings: BackupWarnings): void {
  for (const name of settings) {
    warnings.add({
      code: 'SECRET_SETTING_LEFT_OUT',
      object: `SETTING ${name}`,
      message: `The setting ${name} of the database is not in the backup, because by its name it is a secret. After a restore into a new database set it again with ALTER DATABASE.`,
    });
  }
}
