/*
 * kinds/ owns one value per kind of run: backup, restore, cleanup, verification, copy, drill, scrub, check, import. It never takes locks or writes the
 * state of a run: the worker does.
 */
import type { RunKind } from '../../contract/states.ts';
import type { Kind } from '../kind.ts';
import { backupKind } from './backup.ts';
import { checkKind } from './check.ts';
import { cleanupKind } from './cleanup.ts';
import { copyKind } from './copy.ts';
import { drillKind } from './drill.ts';
import { importKind } from './import.ts';
import { restoreKind } from './restore.ts';
import { scrubKind } from './scrub.ts';
import { verificationKind } from './verification.ts';

/** Every kind of run. */
export const kinds: Readonly<Record<RunKind, Kind>> = {
  backup: backupKind,
  restore: restoreKind,
  verification: verificationKind,
  cleanup: cleanupKind,
  copy: copyKind,
  drill: drillKind,
  scrub: scrubKind,
  check: checkKind,
  import: importKind,
};
