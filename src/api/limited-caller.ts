import { HoldfastError } from '../base/errors.ts';
import type { Caller } from './auth/caller.ts';
import type { Work } from './operation.ts';

// A caller who may make calls about some of several databases alone.

const shown = (databases: readonly string[]): string => databases.map((each) => `"${each}"`).join(', ');

/** Why a call about this database is refused. Whether there is a database of that name is not said. */
export function notTheirs({ databases = [] }: Caller, name: string): HoldfastError {
  return new HoldfastError(
    'FORBIDDEN',
    `The caller may make calls about ${shown(databases)}, and not about "${name}".`,
    {
      details: { database: name, databases },
      hint: 'Name one of these with ?database=, or use a token that is for that database.',
    },
  );
}

/** Roles and tablespaces are of the whole server, and so is what a backup of them has: not for such a caller. @throws FORBIDDEN */
export function requireWholeServer({ caller: { databases } }: Pick<Work, 'caller'>): void {
  if (databases === undefined) return;
  throw new HoldfastError(
    'FORBIDDEN',
    `Roles and tablespaces are of the whole server, and the caller may make calls about ${shown(databases)} alone.`,
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
