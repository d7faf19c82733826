import type { GlobalMembership, ServerGlobals } from '../../format/globals.ts';
import { inGrantOrder, resetForRole, setForRole } from '../../postgres/globals/statements.ts';
import { isSecretName } from '../../postgres/inspect/evaluation-settings.ts';
import { shownName, type Fact } from './fact.ts';
import { othersThan, privilegeFact } from './privilege-facts.ts';
import { membershipFact, partsOfRole, roleFact } from './role-facts.ts';
import { tablespaceFacts } from './tablespace-facts.ts';

/**
 * The globals as facts, in an order in which they can be made.
 * @param num of the server that they are compared on, as `server_version_num`: before 16 a membership has no grantor
 */
export function factsOf(globals: ServerGlobals, num: number): Fact[] {
  const { roles, memberships, settings, parameters, tablespaces } = globals;
  const ordered = inGrantOrder(num >= 160000 ? memberships : memberships.map(withoutGrantor));
  return [
    ...roles.map(roleFact),
    ...roles.flatMap(partsOfRole),
    ...ordered.map(membershipFact),
    ...settings.map((setting): Fact => {
      const { role, database, name, value } = setting;
      const of = role === null ? 'all roles' : `role ${shownName(role)}`;
      return {
        what: `setting ${shownName(name)} of ${of}${database === null ? '' : ` in database ${shownName(database)}`}`,
        subject: role === null ? null : { kind: 'role', name: role },
        roles: role === null ? [] : [role],
        ...(database === null ? {} : { database }),
        value,
        shown: isSecretName(name) ? null : value,
        statements: [setForRole(setting)],
        remove: [resetForRole(setting)],
        power: { kind: 'setting', name },
      };
    }),
    ...parameters.flatMap(({ name, owner, privileges }) =>
      othersThan(owner, privileges).map((each) => privilegeFact('PARAMETER', { name, owner }, each)),
    ),
    ...tablespaces.flatMap(tablespaceFacts),
  ];
}

function withoutGrantor(membership: GlobalMembership): GlobalMembership {
  return { ...membership, grantor: null };
}
