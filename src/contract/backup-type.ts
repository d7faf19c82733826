import { z } from 'zod';

/**
 * What a backup is of: everything in a database, the tables that were named, or the globals of its server: the roles and tablespaces,
 * which belong to no database.
 */
export const backupTypes = ['full', 'partial', 'globals'] as const;
export const backupType = z.enum(backupTypes);
export type BackupType = (typeof backupTypes)[number];

/** What holds of every backup of a type. Health, retention, drills and the like ask this, and name no type of their own. */
export interface TypeFacts {
  /** Whether it has tables with rows: what has none cannot be restored, drilled, compared or queried as a database. */
  holdsTables: boolean;
  /** Whether the whole database comes back from it. */
  isWhole: boolean;
}

export const factsOfType: Readonly<Record<BackupType, TypeFacts>> = {
  full: { holdsTables: true, isWhole: true },
  partial: { holdsTables: true, isWhole: false },
  globals: { holdsTables: false, isWhole: false },
};

/** Which passwords of roles a backup of globals has, as the server keeps them: as verifiers or hashes. */
export const keptPasswords = ['none', 'sealed', 'anywhere'] as const;
export const passwords = z.enum(keptPasswords).meta({
  description:
    'With type `globals`: whether password hashes are included. `sealed`: only into stores that are encrypted, else it is refused; `anywhere`: into any. It needs a role that may read pg_authid',
});
export type Passwords = (typeof keptPasswords)[number];

/** The rule between `type` and `passwords`, for `superRefine`. */
export function passwordsChoice(
  { type, passwords: kept }: { type: BackupType; passwords: Passwords },
  context: z.RefinementCtx,
): void {
  if (kept === 'none' || type === 'globals') return;
  context.addIssue({ code: 'custom', path: ['passwords'], message: 'needs type "globals"' });
}
