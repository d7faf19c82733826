import type { BackupApi, RestoreBody, RestoreOutlook } from '../api/contract.ts';
import { errorCatalogue, HoldfastError } from '../base/errors.ts';
import { wayBackSentence } from '../contract/undo-words.ts';
import { describePlan } from './describe/restore.ts';
import type { Answer } from './invocation.ts';

/** What cancelling a restore in place leaves. */
export const rolledBack = 'It was one transaction, and it was rolled back: every table is as it was before.';

/**
 * A dry run. It ends as the restore would.
 * @param plan as the document has it
 * @param outlook the same with what is known of the installation
 */
export function planAnswer(
  plan: Pick<RestoreOutlook, 'refusals'>,
  outlook: RestoreOutlook,
  backup: number | string,
): Answer {
  const [refusal] = plan.refusals;
  return {
    document: { plan },
    text: describePlan(outlook, backup),
    exitCode: refusal ? errorCatalogue[refusal.code].exitCode : 0,
  };
}

/** Nobody is asked to confirm what cannot be done. @throws the first refusal */
export function requireUnrefused({ refusals: [refusal] }: RestoreOutlook): void {
  if (!refusal) return;
  const { code, message, hint } = refusal;
  throw new HoldfastError(code, message, hint === undefined ? {} : { hint });
}

/** What has to be typed to confirm a restore in place. */
export async function typedDatabase(api: BackupApi): Promise<string> {
  const status = await api.status();
  return status.initialized ? status.database.name : 'yes';
}

/** What will undo it. @param plan of a restore of rows it says which way back there is */
export function safetySentence(
  safetyBackup: RestoreBody['safetyBackup'],
  { wayBack }: Pick<RestoreOutlook, 'wayBack'>,
): string {
  if (safetyBackup === false) return 'No safety backup is taken, so it cannot be undone.';
  if (wayBack === undefined) return 'A safety backup is taken first.';
  const whole =
    safetyBackup === 'tables' && wayBack === 'rows' ? ' The whole tables are backed up as well.' : '';
  return `${wayBackSentence(wayBack)}${whole}`;
}

/** As a request has it. */
export function safetyBackupOf({
  safetyBackup,
  wholeSafetyBackup,
}: {
  safetyBackup: boolean;
  wholeSafetyBackup?: boolean;
}): boolean | 'tables' {
  if (wholeSafetyBackup !== true) return safetyBackup;
  if (safetyBackup) return 'tables';
  throw new HoldfastError(
    'INVALID_REQUEST',
    '--whole-safety-backup asks for a safety backup, and --no-safety-backup for none.',
  );
}
