import { runKinds, type RunKind } from '../contract/states.ts';

/**
 * Of each lane one run is active at a time, across all processes. Backups and restores exclude each other; what looks after
 * the store goes on beside them, and so do copies, which may take as long as a slow network does, drills, which work elsewhere, and
 * scrubs, which take their time, and what lists a store.
 */
export type Lane = 'writer' | 'maintenance' | 'copy' | 'drill' | 'scrub' | 'check';
export const lanes: readonly Lane[] = ['writer', 'maintenance', 'copy', 'drill', 'scrub', 'check'];

/** Where the rows of each kind of run are, and the lane it runs in. */
export const runTables: Readonly<Record<RunKind, { table: string; lane: Lane }>> = {
  backup: { table: 'system_backups', lane: 'writer' },
  restore: { table: 'system_restore_log', lane: 'writer' },
  verification: { table: 'backup_verification_log', lane: 'maintenance' },
  cleanup: { table: 'backup_cleanup_log', lane: 'maintenance' },
  copy: { table: 'backup_copy_log', lane: 'copy' },
  drill: { table: 'backup_drill_log', lane: 'drill' },
  scrub: { table: 'backup_scrub_log', lane: 'scrub' },
  check: { table: 'backup_check_log', lane: 'check' },
  import: { table: 'backup_import_log', lane: 'check' },
};

export const laneOf = (kind: RunKind): Lane => runTables[kind].lane;
export const kindsIn = (lane: Lane): RunKind[] => runKinds.filter((kind) => laneOf(kind) === lane);
