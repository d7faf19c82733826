import { HoldfastError } from '../base/errors.ts';
import type { Work } from './operation.ts';

/**
 * Roles and tablespaces are of the whole server, and so is what a backup of them has: not for a caller who may make calls about some
 * databases alone.
 * @throws FORBIDDEN
 */
export function requireWholeServer({ caller: { databases } }: Pick<Work, 'caller'>): void {
  if (databases === undefined) return;
  const theirs = databases.map((each) => `"${each}"`).join(', ');
  throw new HoldfastError(
    'FORBIDDEN',
    `Roles and tablespaces are of the whole server, and the caller may make calls about ${theirs} alone.`,
    { details: { databases }, hint: 'Use a token that is for all databases.' },
  );
}

/**
 * The same of one that opens a backup. @throws FORBIDDEN
 * @param id of any backup: one that there is not is refused later
 */
export async function requireOpenable(work: Pick<Work, 'caller' | 'catalog'>, id: number): Promise<void> {
  if (work.caller.databases === undefined) return;
  if ((await work.catalog.backups.get(id))?.type === 'globals') requireWholeServer(work);
}
