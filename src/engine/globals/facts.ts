import type { GlobalMembership, ServerGlobals } from '../../format/globals.ts';
import { inGrantOrder, resetForRole, setForRole } from '../../postgres/globals/statements.ts';
import { isSecretName } from '../../postgres/inspect/evaluation-settings.ts';
import { shownName, type Fact } from './fact.ts';
import { othersThan, privilegeFact } from './privilege-facts.ts';
import { membershipFact, partsOfRole, roleFact } from './role-facts.ts';
import { tablespaceFacts } from './tablespace-facts.ts';

/**
 * The globals as facts, in an order in which they can be made.
 * @param where the server that they are compared on. Before 16 a membership has no grantor; and one who is no superuser grants in their
 *   own name alone, not in that of another role
 */
export function factsOf(
  globals: ServerGlobals,
  { num, isSuperuser }: { num: number; isSuperuser: boolean },
): Fact[] {
  const { roles, memberships, settings, parameters, tablespaces } = globals;
  const ordered = inGrantOrder(num >= 160000 && isSuperuser ? memberships : withoutGrantors(memberships));
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

/** Of a pair that several have granted, one with all that they have. */
function withoutGrantors(memberships: readonly GlobalMembership[]): GlobalMembership[] {
  const found = new Map<string, GlobalMembership>();
  for (const each of memberships) {
    const pair = JSON.stringify([each.role, each.member]);
    const { admin, inherit, set } = found.get(pair) ?? each;
    found.set(pair, {
      ...each,
      grantor: null,
      admin: admin || each.admin,
      inherit: inherit === null ? each.inherit : inherit || each.inherit === true,
      set: set === null ? each.set : set || each.set === true,
    });
  }
  return [...found.values()];
}
