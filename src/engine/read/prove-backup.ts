import type { VerificationLevel } from '../../contract/states.ts';
import type { VerificationReport } from '../../contract/verification.ts';
import type { Store } from '../../store/store.ts';
import type { RunControl } from '../run.ts';
import { proveInventory } from './inventory.ts';
import { openManifest } from './manifest.ts';
import { proveChecksums, provePresence, type StoredBackup } from './stored-proof.ts';
import { verifyBackup } from './verify.ts';

export interface ProofOptions {
  level: VerificationLevel;
  /** With `checksum`: which share of the chunks is read; default all of them. */
  share?: number | undefined;
  /** Told of chunks whose stored bytes were read and are what was written. */
  onSound?: (ids: string[]) => Promise<void>;
}

/** What was looked at; `provedSentence` says what that proves. */
export type ProofReport = Omit<VerificationReport, 'proved'>;

/**
 * Proves of a backup what its level says, and no more.
 * @throws CHUNK_MISSING or CHUNK_CORRUPT with the tables and rows that are lost in details; MANIFEST_INVALID, SIGNATURE_INVALID;
 *   KEY_REQUIRED for `content` of a sealed store; STORE_*; the abort reason
 */
export async function proveBackup(
  store: Store,
  backup: StoredBackup,
  { level, share = 1, onSound }: ProofOptions,
  control: RunControl,
): Promise<ProofReport> {
  if (level === 'content') {
    const manifest = await (await openManifest(store, backup.document, backup.uuid)).read();
    const report = await verifyBackup(store, manifest, control, onSound);
    await proveInventory(store, backup.document, manifest);
    return { level, of: report.chunks, ...report };
  }
  const report =
    level === 'presence'
      ? await provePresence(store, backup, control)
      : await proveChecksums(store, backup, onSound ? { share, onSound } : { share }, control);
  return { level, tables: null, rows: null, rawBytes: null, ...report };
}
