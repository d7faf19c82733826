import type { GlobalPrivilege } from '../../format/globals.ts';
import { grantPrivilege, revokePrivilege } from '../../postgres/globals/statements.ts';
import { shownName, type Fact } from './fact.ts';

/** The owner's own are no facts: what they are called differs from server to server. */
export function othersThan(owner: string, privileges: readonly GlobalPrivilege[]): GlobalPrivilege[] {
  return privileges.filter(({ grantee }) => grantee !== owner);
}

export function lacksOwn(owner: string, privileges: readonly GlobalPrivilege[] | null): boolean {
  return privileges !== null && !privileges.some(({ grantee }) => grantee === owner);
}

export function privilegeFact(
  kind: 'PARAMETER' | 'TABLESPACE',
  of: { name: string; owner: string },
  given: GlobalPrivilege,
): Fact {
  const { grantee, grantor, privilege, grantable } = given;
  const by = grantor === of.owner ? '' : ` granted by ${shownName(grantor)}`;
  const isParameter = kind === 'PARAMETER';
  const granted = grantee === null ? null : { kind: 'role' as const, name: grantee };
  return {
    what: `${privilege} on ${kind.toLowerCase()} ${shownName(of.name)} for ${grantee === null ? 'PUBLIC' : `role ${shownName(grantee)}`}${by}`,
    subject: isParameter ? granted : { kind: 'tablespace', name: of.name },
    roles: [...(grantee === null ? [] : [grantee]), ...(by === '' ? [] : [grantor])],
    value: grantable ? 'WITH GRANT OPTION' : '',
    shown: grantable ? 'WITH GRANT OPTION' : 'without grant option',
    statements: grantPrivilege(kind, of, given),
    remove: revokePrivilege(kind, of, given),
    ...(isParameter ? { power: { kind: 'parameter' as const } } : {}),
  };
}
