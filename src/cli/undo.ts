import type { BackupApi, OpenOption, RestoreOutlook, UndoBody } from '../api/contract.ts';
import { errorCatalogue, HoldfastError } from '../base/errors.ts';
import { lockSentences } from '../base/words.ts';
import { lossSentences } from '../contract/undo-words.ts';
import type { UndoOptions } from './commands/undo.ts';
import { describePlan, describeRestore } from './describe/restore.ts';
import { follow } from './follow.ts';
import type { Answer, Invocation } from './invocation.ts';
import { confirmTyped } from './terminal/confirm.ts';
import { printable } from './terminal/text.ts';

export async function undo(
  api: BackupApi,
  invocation: Invocation,
  id: number,
  options: UndoOptions,
  opener: OpenOption,
): Promise<Answer> {
  const { onRefreshFailure, onInvalid, safetyBackup } = options;
  const request: UndoBody = { onRefreshFailure, onInvalid, safetyBackup, ...opener };
  if (options.dryRun) {
    const plan = await api.planUndo(id, request);
    const [refusal] = plan.refusals;
    return {
      document: { plan },
      text: describePlan(plan, await safetyBackupOf(api, id)),
      exitCode: refusal ? errorCatalogue[refusal.code].exitCode : 0,
    };
  }
  // What was confirmed is what is done.
  const planId = options.yes ? null : await confirm(api, invocation, id, request);
  const summary = await follow(invocation, {
    noun: 'Restore',
    start: () => (planId === null ? api.undoRestore(id, request) : api.restore({ planId, ...opener })),
    wait: (run, onProgress) => api.waitForRestore(run, { onProgress }),
    cancel: (run) => api.cancelRestore(run),
    afterCancel: 'It was one transaction, and it was rolled back: every table is as it was before.',
  });
  const detail = await api.getRestore(summary.id);
  return { document: { success: true, restore: detail }, text: describeRestore(detail) };
}

async function safetyBackupOf(api: BackupApi, id: number): Promise<number> {
  return (await api.getRestore(id)).safetyBackupId!;
}

async function confirm(
  api: BackupApi,
  invocation: Invocation,
  id: number,
  request: UndoBody,
): Promise<string | null> {
  const status = await api.status();
  const database = status.initialized ? status.database.name : 'yes';
  const plan = await api.planUndo(id, request);
  const [refusal] = plan.refusals;
  if (refusal)
    throw new HoldfastError(
      refusal.code,
      refusal.message,
      refusal.hint === undefined ? {} : { hint: refusal.hint },
    );
  const safety = request.safetyBackup
    ? 'A safety backup is taken first.'
    : 'No safety backup is taken, so it cannot be undone.';
  await confirmTyped(invocation, {
    message: [`Undoing restore ${id} in the live database ${database}.`, ...losses(plan), safety].join(' '),
    expected: database,
  });
  return plan.planId;
}

function losses(plan: RestoreOutlook): string[] {
  return [...(plan.undo ? lossSentences(plan.undo) : []), ...lockSentences(plan)].map(printable);
}
