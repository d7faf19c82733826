import type { GlobalMembership, GlobalRole } from '../../format/globals.ts';
import { grantMembership, revokeMembership } from '../../postgres/globals/statements.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import { describing } from './described.ts';
import { shownName, type Fact } from './fact.ts';

/** A role with the attributes that give no power over others. */
export function roleFact(role: GlobalRole): Fact {
  const { name, canLogin, inherit, createDb, connectionLimit, validUntil } = role;
  const words = [
    canLogin ? 'LOGIN' : 'NOLOGIN',
    inherit ? 'INHERIT' : 'NOINHERIT',
    createDb ? 'CREATEDB' : 'NOCREATEDB',
    `CONNECTION LIMIT ${connectionLimit}`,
    `VALID UNTIL ${quoteLiteral(validUntil ?? 'infinity')}`,
  ];
  const quoted = quoteIdentifier(name);
  return {
    what: `role ${shownName(name)}`,
    subject: { kind: 'role', name },
    roles: [],
    value: words.join(' '),
    shown: words.slice(0, validUntil === null ? -1 : undefined).join(' '),
    statements: [`ALTER ROLE ${quoted} WITH ${words.join(' ')}`],
    create: [`CREATE ROLE ${quoted} WITH ${words.join(' ')}`],
    remove: [`DROP ROLE ${quoted}`],
  };
}

const powers = [
  ['superuser', 'SUPERUSER'],
  ['createRole', 'CREATEROLE'],
  ['replication', 'REPLICATION'],
  ['bypassRls', 'BYPASSRLS'],
] as const;

export function partsOfRole(role: GlobalRole): Fact[] {
  const { name } = role;
  const quoted = quoteIdentifier(name);
  const part = { subject: { kind: 'role' as const, name }, roles: [name] };
  return [
    ...powers.map(([field, word]): Fact => {
      const has = role[field];
      return {
        ...part,
        what: `${word} of role ${shownName(name)}`,
        value: has ? 'yes' : 'no',
        shown: has ? 'yes' : 'no',
        statements: [`ALTER ROLE ${quoted} ${has ? '' : 'NO'}${word}`],
        remove: [`ALTER ROLE ${quoted} NO${word}`],
        ...(has ? { power: { kind: 'attribute' as const } } : { isDefault: true as const }),
      };
    }),
    ...(role.password
      ? [
          {
            ...part,
            what: `password of role ${shownName(name)}`,
            value: role.password,
            shown: null,
            statements: [`ALTER ROLE ${quoted} PASSWORD ${quoteLiteral(role.password)}`],
            remove: [`ALTER ROLE ${quoted} PASSWORD NULL`],
            isFixed: true as const,
          },
        ]
      : []),
    ...describing('ROLE', name, role),
  ];
}

export function membershipFact(membership: GlobalMembership): Fact {
  const { role, member, grantor, admin, inherit, set } = membership;
  const by = grantor === null ? '' : ` granted by ${shownName(grantor)}`;
  const options = [
    ...(admin ? ['ADMIN'] : []),
    ...(inherit === null ? [] : [inherit ? 'INHERIT' : 'NO INHERIT']),
    ...(set === null ? [] : [set ? 'SET' : 'NO SET']),
  ].join(', ');
  return {
    what: `membership of ${shownName(member)} in ${shownName(role)}${by}`,
    subject: { kind: 'role', name: member },
    roles: [role, member, ...(grantor === null ? [] : [grantor])],
    value: options,
    shown: options || 'without options',
    statements: [grantMembership(membership)],
    remove: [revokeMembership(membership)],
    power: { kind: 'membership', role },
  };
}
