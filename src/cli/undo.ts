import type { BackupApi, OpenOption, RestoreOutlook, UndoBody } from '../api/contract.ts';
import { lockSentences } from '../base/words.ts';
import { replacementSentences } from '../contract/replace-words.ts';
import { lossSentences } from '../contract/undo-words.ts';
import type { UndoOptions } from './commands/undo.ts';
import { describeRestore } from './describe/restore.ts';
import { follow } from './follow.ts';
import type { Answer, Invocation } from './invocation.ts';
import {
  planAnswer,
  requireUnrefused,
  rolledBack,
  safetyBackupOf,
  safetySentence,
  typedDatabase,
} from './planned.ts';
import { confirmTyped } from './terminal/confirm.ts';
import { printable } from './terminal/text.ts';

export async function undo(
  api: BackupApi,
  invocation: Invocation,
  id: number,
  options: UndoOptions,
  opener: OpenOption,
): Promise<Answer> {
  const { onRefreshFailure, onInvalid } = options;
  const safetyBackup = safetyBackupOf(options);
  const request: UndoBody = { onRefreshFailure, onInvalid, safetyBackup, ...opener };
  if (options.dryRun) {
    const plan = await api.planUndo(id, request);
    return planAnswer(plan, plan, await readFrom(api, id));
  }
  // What was confirmed is what is done.
  const planId = options.yes ? null : await confirm(api, invocation, id, request);
  const summary = await follow(invocation, {
    noun: 'Restore',
    start: () => (planId === null ? api.undoRestore(id, request) : api.restore({ planId, ...opener })),
    wait: (run, onProgress) => api.waitForRestore(run, { onProgress }),
    cancel: (run) => api.cancelRestore(run),
    afterCancel: rolledBack,
  });
  const detail = await api.getRestore(summary.id);
  return { document: { success: true, restore: detail }, text: describeRestore(detail) };
}

/** The backup that it reads, where it reads one. */
async function readFrom(api: BackupApi, id: number): Promise<number> {
  const { safetyBackupId, backupId } = await api.getRestore(id);
  return safetyBackupId ?? backupId;
}

async function confirm(
  api: BackupApi,
  invocation: Invocation,
  id: number,
  request: UndoBody,
): Promise<string | null> {
  const database = await typedDatabase(api);
  const plan = await api.planUndo(id, request);
  requireUnrefused(plan);
  const safety = safetySentence(request.safetyBackup, plan);
  await confirmTyped(invocation, {
    message: [`Undoing restore ${id} in the live database ${database}.`, ...losses(plan), safety].join(' '),
    expected: database,
  });
  return plan.planId;
}

function losses(plan: RestoreOutlook): string[] {
  const undone = plan.undo ? lossSentences(plan.undo) : [];
  return [...undone, ...replacementSentences(plan), ...lockSentences(plan)].map(printable);
}
