import type { BackupApi, RestoreOutlook } from '../api/contract.ts';
import { errorCatalogue, HoldfastError } from '../base/errors.ts';
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

export function safetySentence(safetyBackup: boolean): string {
  return safetyBackup
    ? 'A safety backup is taken first.'
    : 'No safety backup is taken, so it cannot be undone.';
}
