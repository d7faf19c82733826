import type { StoreTables } from '../../src/store/database/chunk-epochs.ts';

/** Where the database store is when nothing else is configured. */
export const storeTables: StoreTables = {
  chunks: 'public.system_backup_chunks',
  backups: 'public.system_backups',
  epoch: 'public.system_backup_epoch',
};
