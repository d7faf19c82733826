import { HoldfastError } from '../../base/errors.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { LiveRelation } from '../../postgres/inspect/relations.ts';

const shownAtMost = 10;

/** Makes sure that this role sees all rows of some tables. @throws TABLE_NOT_READABLE, ROW_SECURITY_ACTIVE */
export function requireReadable(tables: readonly LiveRelation[]): void {
  // Of one that was dropped since the snapshot no privilege is known; that it is gone is found when it is locked.
  refuse(
    tables.filter(({ readable, fileNodeNow }) => !readable && fileNodeNow !== null),
    'TABLE_NOT_READABLE',
    'This role may not read',
  );
  refuse(
    tables.filter(({ rowSecurityActive }) => rowSecurityActive),
    'ROW_SECURITY_ACTIVE',
    'Row level security would hide rows of',
  );
}

function refuse(
  tables: readonly LiveRelation[],
  code: 'TABLE_NOT_READABLE' | 'ROW_SECURITY_ACTIVE',
  words: string,
): void {
  const names = tables.map(displayName);
  if (names.length === 0) return;
  const more = names.length > shownAtMost ? ` and ${names.length - shownAtMost} more` : '';
  throw new HoldfastError(code, `${words} ${names.slice(0, shownAtMost).join(', ')}${more}.`, {
    details: { tables: names },
  });
}
