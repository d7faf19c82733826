import { proveInventory } from '../../engine/read/inventory.ts';
import { verifyBackup } from '../../engine/read/verify.ts';
import { describeReport } from '../describe/verification.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { findBackup, withStore } from './alone.ts';
import type { AloneOptions } from './options.ts';
import { underControl } from './under-control.ts';

/** Reads all of a backup and compares it with its manifest, and its inventory with what it needs. */
export async function verify(
  invocation: Invocation,
  address: string,
  name: string,
  options: AloneOptions,
): Promise<Answer> {
  return withStore(options, address, async (opened) => {
    const { store, uuid, document, manifest } = await findBackup(invocation, opened, name);
    const unknown = `A verification only reads. Whether backup ${uuid} is complete is still unknown.`;
    const started = Date.now();
    const report = await underControl(
      invocation,
      { title: `Verification of ${uuid}`, afterCancel: unknown, onLeaving: () => unknown },
      async (control) => {
        const verified = await verifyBackup(store, manifest, control);
        await proveInventory(store, document, manifest);
        return verified;
      },
    );
    return {
      document: { success: true, verification: { backupUuid: uuid, report } },
      text: describeReport(uuid, report, Date.now() - started),
    };
  });
}
