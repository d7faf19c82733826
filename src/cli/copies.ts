import type { BackupApi, BackupSummary, Copy } from '../api/contract.ts';
import { HoldfastError } from '../base/errors.ts';
import { configureStores } from '../engine/stores/configured-stores.ts';
import { follow } from './follow.ts';
import type { Invocation } from './invocation.ts';
import { asHoldfastError } from './terminal/output.ts';

/**
 * The name that a store has in this process, and the options that make it one of its stores: none for a name, because that is
 * configured already.
 * @throws INVALID_CONFIGURATION for an address that cannot be read
 */
export function storeNamed(text: string): { name: string; overrides: { copyTo?: string[] } } {
  if (!/[:=]/.test(text)) return { name: text, overrides: {} };
  const [name] = configureStores({ copyTo: [text] }).copiedTo;
  return { name: name!, overrides: { copyTo: [text] } };
}

export function followCopy(
  invocation: Invocation,
  api: BackupApi,
  backupId: number,
  store: string,
): Promise<Copy> {
  return follow(invocation, {
    noun: 'Copy',
    start: () => api.copyBackup(backupId, store),
    wait: (id, onProgress) => api.waitForCopy(id, { onProgress }),
    cancel: (id) => api.cancelCopy(id),
    afterCancel: `Backup ${backupId} is not in ${store}. What was sent does no harm, and is not sent again by the next copy.`,
  });
}

/**
 * Waits for the copies of a backup that was taken just now.
 * @throws the first error that one of them ended in, once all have ended
 */
export async function followCopies(
  invocation: Invocation,
  api: BackupApi,
  { id, store, copies: due }: BackupSummary,
): Promise<Copy[]> {
  const copies: Copy[] = [];
  const failures: HoldfastError[] = [];
  for (const copy of due) {
    try {
      copies.push(await followCopy(invocation, api, id, copy.store));
    } catch (error) {
      const failure = asHoldfastError(error);
      if (failure.code === 'CANCELLED' || failure.code === 'INTERRUPTED') throw failure;
      failures.push(copyFailed(failure, { id, store, to: copy.store }));
    }
  }
  if (failures[0]) throw failures[0];
  return copies;
}

function copyFailed(failure: HoldfastError, { id, store, to }: { id: number; store: string; to: string }) {
  return new HoldfastError(
    failure.code,
    `Backup ${id} is complete in ${store}; its copy to ${to} failed: ${failure.message}`,
    {
      cause: failure,
      hint: `${failure.hint} Then: holdfast copy ${id} --to ${to}`,
      details: { ...failure.details, id },
    },
  );
}
