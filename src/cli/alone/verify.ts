import { provedSentence } from '../../contract/verification-words.ts';
import { openManifest } from '../../engine/read/manifest.ts';
import { proveBackup } from '../../engine/read/prove-backup.ts';
import { documentOf } from '../../engine/stores/read-alone.ts';
import type { ProofFlags } from '../commands/verify.ts';
import { describeReport } from '../describe/verification.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { remark } from '../terminal/output.ts';
import { withStore } from './alone.ts';
import type { AloneOptions } from './options.ts';
import { underControl } from './under-control.ts';

/** Reads a backup again, and proves what the level says. */
export async function verify(
  invocation: Invocation,
  address: string,
  name: string,
  options: AloneOptions & ProofFlags,
): Promise<Answer> {
  const { level, share } = options;
  return withStore(invocation, options, address, async ({ store, readIndex }) => {
    const backup = await documentOf(store, name);
    const { uuid, document } = backup;
    // Which key is missing is told before anything is listed.
    if (level === 'content') await openManifest(store, document, uuid);
    if (name === 'latest') remark(invocation, `The latest backup is ${uuid}.`);
    const unknown = `A verification only reads. Whether backup ${uuid} is whole is still unknown.`;
    const started = Date.now();
    const found = await underControl(
      invocation,
      { title: `Verification of ${uuid}`, afterCancel: unknown, onLeaving: () => unknown },
      async (control) => {
        await readIndex(control.signal);
        return proveBackup(store, backup, { level, share }, control);
      },
    );
    const report = { ...found, proved: provedSentence(found) };
    return {
      document: { success: true, verification: { backupUuid: uuid, report } },
      text: describeReport(uuid, report, Date.now() - started),
    };
  });
}
