import type { ServerGlobals } from '../../format/globals.ts';
import { isReserved } from './fact.ts';

/**
 * Roles that have power over others: by an attribute, or because they are a member, directly or not, of one that has, or of one of the
 * server's own roles, some of which may run programs and read files.
 * @param all what holds together: of a server, and of what is to be made there
 */
export function powerfulRoles(all: readonly ServerGlobals[]): Set<string> {
  const powerful = new Set(
    all.flatMap(({ roles }) =>
      roles
        .filter(
          ({ superuser, createRole, replication, bypassRls }) =>
            superuser || createRole || replication || bypassRls,
        )
        .map(({ name }) => name),
    ),
  );
  // Who may set any parameter for the server may have it run a program.
  for (const { privileges, owner } of all.flatMap(({ parameters }) => parameters)) {
    for (const { grantee } of privileges) {
      if (grantee !== null && grantee !== owner) powerful.add(grantee);
    }
  }
  const memberships = all.flatMap((each) => each.memberships);
  for (let found = -1; found !== powerful.size;) {
    found = powerful.size;
    for (const { role, member } of memberships) {
      if (powerful.has(role) || isReserved(role)) powerful.add(member);
    }
  }
  return powerful;
}
