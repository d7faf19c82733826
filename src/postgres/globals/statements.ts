import { HoldfastError } from '../../base/errors.ts';
import type {
  GlobalMembership,
  GlobalParameter,
  GlobalPrivilege,
  GlobalRole,
  GlobalSetting,
  GlobalTablespace,
} from '../../format/globals.ts';
import { settingValue } from '../inspect/database-properties.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';

/*
 * The statements that make globals again. None has a semicolon at its end.
 */

const attributes = [
  ['superuser', 'SUPERUSER'],
  ['inherit', 'INHERIT'],
  ['createRole', 'CREATEROLE'],
  ['createDb', 'CREATEDB'],
  ['canLogin', 'LOGIN'],
  ['replication', 'REPLICATION'],
  ['bypassRls', 'BYPASSRLS'],
] as const;

/** Every attribute of a role, by name: what it was before does not count. */
export function roleAttributes(role: GlobalRole): string {
  const { connectionLimit, password, validUntil } = role;
  return [
    ...attributes.map(([field, word]) => (role[field] ? word : `NO${word}`)),
    `CONNECTION LIMIT ${connectionLimit}`,
    ...(password ? [`PASSWORD ${quoteLiteral(password)}`] : []),
    ...(validUntil === null ? [] : [`VALID UNTIL ${quoteLiteral(validUntil)}`]),
  ].join(' ');
}

/** Also where the role is there already. `CREATE ROLE` has no IF NOT EXISTS. */
export function createRoleIfMissing({ name }: Pick<GlobalRole, 'name'>): string {
  const body = `begin if not exists (select from pg_catalog.pg_roles where rolname = ${quoteLiteral(name)}) then create role ${quoteIdentifier(name)}; end if; end`;
  return `DO ${quoteLiteral(body)}`;
}

export function alterRole(role: GlobalRole): string {
  return `ALTER ROLE ${quoteIdentifier(role.name)} WITH ${roleAttributes(role)}`;
}

export function commentOn(kind: 'ROLE' | 'TABLESPACE', name: string, comment: string | null): string {
  const text = comment === null ? 'NULL' : quoteLiteral(comment);
  return `COMMENT ON ${kind} ${quoteIdentifier(name)} IS ${text}`;
}

export function securityLabel(
  kind: 'ROLE' | 'TABLESPACE',
  name: string,
  { provider, label }: { provider: string; label: string | null },
): string {
  const text = label === null ? 'NULL' : quoteLiteral(label);
  return `SECURITY LABEL FOR ${quoteIdentifier(provider)} ON ${kind} ${quoteIdentifier(name)} IS ${text}`;
}

export function setForRole({ name, value, ...holder }: GlobalSetting): string {
  return `${holderOf(holder)} SET ${quoteIdentifier(name)} TO ${settingValue(name, value)}`;
}

export function resetForRole({ name, ...holder }: Omit<GlobalSetting, 'value'>): string {
  return `${holderOf(holder)} RESET ${quoteIdentifier(name)}`;
}

function holderOf({ role, database }: Pick<GlobalSetting, 'role' | 'database'>): string {
  const where = database === null ? '' : ` IN DATABASE ${quoteIdentifier(database)}`;
  return `ALTER ROLE ${role === null ? 'ALL' : quoteIdentifier(role)}${where}`;
}

export function grantMembership(membership: GlobalMembership): string {
  const { role, member, grantor, admin, inherit, set } = membership;
  const options = [
    ...(admin ? ['ADMIN OPTION'] : []),
    ...(inherit === null ? [] : [`INHERIT ${inherit ? 'TRUE' : 'FALSE'}`]),
    ...(set === false ? ['SET FALSE'] : []),
  ];
  const given = options.length > 0 ? ` WITH ${options.join(', ')}` : '';
  const by = grantor === null ? '' : ` GRANTED BY ${quoteIdentifier(grantor)}`;
  return `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(member)}${given}${by}`;
}

export function revokeMembership({ role, member, grantor }: GlobalMembership): string {
  const by = grantor === null ? '' : ` GRANTED BY ${quoteIdentifier(grantor)}`;
  return `REVOKE ${quoteIdentifier(role)} FROM ${quoteIdentifier(member)}${by}`;
}

/**
 * Memberships in an order in which each can be granted: who grants one has the role WITH ADMIN OPTION by then. What no order fits comes
 * last, and the server says what is wrong with it.
 */
export function inGrantOrder(memberships: readonly GlobalMembership[]): GlobalMembership[] {
  const ordered: GlobalMembership[] = [];
  const admins = new Set<string>();
  const named = (role: string, member: string): string => JSON.stringify([role, member]);
  let rest = memberships;
  for (;;) {
    const later: GlobalMembership[] = [];
    for (const each of rest) {
      if (each.grantor !== null && !admins.has(named(each.role, each.grantor))) later.push(each);
      else {
        ordered.push(each);
        if (each.admin) admins.add(named(each.role, each.member));
      }
    }
    if (later.length === 0 || later.length === rest.length) return [...ordered, ...later];
    rest = later;
  }
}

/** What the owner of one has from the beginning. */
const ownPrivileges = { PARAMETER: ['SET', 'ALTER SYSTEM'], TABLESPACE: ['CREATE'] } as const;

/** One privilege, as its grantor gives it. */
export function grantPrivilege(
  kind: keyof typeof ownPrivileges,
  { name, owner }: { name: string; owner: string },
  { grantee, grantor, privilege, grantable }: GlobalPrivilege,
): string[] {
  const to = grantee === null ? 'PUBLIC' : quoteIdentifier(grantee);
  const option = grantable ? ' WITH GRANT OPTION' : '';
  const grant = `GRANT ${knownPrivilege(kind, privilege)} ON ${kind} ${quoteIdentifier(name)} TO ${to}${option}`;
  return grantor === owner ? [grant] : asRole(grantor, grant);
}

export function revokePrivilege(
  kind: keyof typeof ownPrivileges,
  { name, owner }: { name: string; owner: string },
  { grantee, grantor, privilege }: GlobalPrivilege,
): string[] {
  const from = grantee === null ? 'PUBLIC' : quoteIdentifier(grantee);
  const revoke = `REVOKE ${knownPrivilege(kind, privilege)} ON ${kind} ${quoteIdentifier(name)} FROM ${from}`;
  return grantor === owner ? [revoke] : asRole(grantor, revoke);
}

function asRole(role: string, statement: string): string[] {
  return [`SET SESSION AUTHORIZATION ${quoteIdentifier(role)}`, statement, 'RESET SESSION AUTHORIZATION'];
}

/** A manifest may be forged: no text of it becomes a keyword. */
function knownPrivilege(kind: keyof typeof ownPrivileges, privilege: string): string {
  const known = ownPrivileges[kind].find((each) => each === privilege);
  if (known === undefined) {
    throw new HoldfastError('MANIFEST_INVALID', `A ${kind.toLowerCase()} has no privilege ${privilege}.`);
  }
  return known;
}

/** From what a new one has to these privileges. */
export function privilegeStatements(
  kind: keyof typeof ownPrivileges,
  of: Pick<GlobalParameter, 'name' | 'owner'> & { privileges: readonly GlobalPrivilege[] },
): string[] {
  const { name, owner, privileges } = of;
  const isOwn = ({ grantee, grantor, grantable }: GlobalPrivilege): boolean =>
    grantee === owner && grantor === owner && !grantable;
  const lost = ownPrivileges[kind].filter(
    (privilege) => !privileges.some((each) => each.privilege === privilege && each.grantee === owner),
  );
  // The server ignores a REVOKE on a parameter that nothing has been granted on: pg_dumpall, which begins with these, loses them.
  return [
    ...privileges.filter((each) => !isOwn(each)).flatMap((each) => grantPrivilege(kind, of, each)),
    ...lost.map(
      (privilege) => `REVOKE ${privilege} ON ${kind} ${quoteIdentifier(name)} FROM ${quoteIdentifier(owner)}`,
    ),
  ];
}

/** It can be in no transaction with others. */
export function createTablespace({ name, location }: GlobalTablespace, owner: string | null): string {
  const by = owner === null ? '' : ` OWNER ${quoteIdentifier(owner)}`;
  return `CREATE TABLESPACE ${quoteIdentifier(name)}${by} LOCATION ${quoteLiteral(location)}`;
}

export function setTablespaceOptions({ name, options }: Pick<GlobalTablespace, 'name' | 'options'>): string {
  const given = options.map((option) => `${quoteIdentifier(option.name)} = ${quoteLiteral(option.value)}`);
  return `ALTER TABLESPACE ${quoteIdentifier(name)} SET (${given.join(', ')})`;
}
