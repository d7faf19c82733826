import { HoldfastError } from '../base/errors.ts';
import type { NotInitializedAnswer } from '../contract/system.ts';
import type { ApiContext } from './context.ts';

/** The body of every 503 until the tables exist; fixed to the letter. */
export function notInitializedAnswer(basePath: string): NotInitializedAnswer {
  const address = `${basePath}/init-backup-tables`;
  return {
    error: 'Backup system not initialized',
    message: `Please initialize the backup system first by calling ${address}`,
    action_required: 'init_backup_tables',
    initialization_url: address,
  };
}

/** @throws NOT_INITIALIZED until all our tables exist */
export async function requireTables({ catalog, config }: ApiContext): Promise<void> {
  if (await catalog.isInitialized()) return;
  throw new HoldfastError('NOT_INITIALIZED', notInitializedAnswer(config.basePath).message);
}
