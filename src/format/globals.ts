import { z } from 'zod';
import { keptPasswords } from '../contract/backup-type.ts';

/*
 * The globals of a server: what belongs to none of its databases. One kind of parts, with a line for each of these. docs/FORMAT.md is their
 * specification. Names are as the server has them, not quoted.
 */

const count = z.number().int().min(0);
const securityLabels = z.array(z.object({ provider: z.string(), label: z.string() }));

export const globalRole = z.object({
  name: z.string(),
  /** Made by initdb (oid 10): every server has one, of any name. */
  bootstrap: z.boolean(),
  superuser: z.boolean(),
  inherit: z.boolean(),
  createRole: z.boolean(),
  createDb: z.boolean(),
  canLogin: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  /** -1 for none. */
  connectionLimit: z.number().int(),
  /** As pg_authid has it: a SCRAM verifier or an MD5 hash; null for none. Absent where the backup has no passwords. */
  password: z.string().nullable().optional(),
  /** A timestamp in UTC, or `infinity`; null for no end. */
  validUntil: z.string().nullable(),
  comment: z.string().nullable(),
  securityLabels,
});
export type GlobalRole = z.infer<typeof globalRole>;

export const globalMembership = z.object({
  /** The role that is granted. */
  role: z.string(),
  member: z.string(),
  /** Who granted it; null for the bootstrap role, and before PostgreSQL 16, which does not keep it reliably. */
  grantor: z.string().nullable(),
  admin: z.boolean(),
  /** Null before PostgreSQL 16: the member's own INHERIT decides. */
  inherit: z.boolean().nullable(),
  /** Null before PostgreSQL 16: true. */
  set: z.boolean().nullable(),
});
export type GlobalMembership = z.infer<typeof globalMembership>;

export const globalSetting = z.object({
  /** Null for all roles. */
  role: z.string().nullable(),
  /** In this database alone; null for all. */
  database: z.string().nullable(),
  name: z.string(),
  /** As pg_db_role_setting has it. */
  value: z.string(),
});
export type GlobalSetting = z.infer<typeof globalSetting>;

/** One privilege of an access control list. */
export const globalPrivilege = z.object({
  /** Null for PUBLIC. */
  grantee: z.string().nullable(),
  grantor: z.string(),
  privilege: z.enum(['SET', 'ALTER SYSTEM', 'CREATE']),
  grantable: z.boolean(),
});
export type GlobalPrivilege = z.infer<typeof globalPrivilege>;

/** Who may set a configuration parameter. */
export const globalParameter = z.object({
  name: z.string(),
  /** The bootstrap role, by its name. */
  owner: z.string(),
  /** In the order of the list. */
  privileges: z.array(globalPrivilege),
});
export type GlobalParameter = z.infer<typeof globalParameter>;

export const globalTablespace = z.object({
  name: z.string(),
  owner: z.string(),
  /** An absolute path; empty for one in the data directory (allow_in_place_tablespaces). */
  location: z.string(),
  options: z.array(z.object({ name: z.string(), value: z.string() })),
  /** In the order of the list; null for those that a new tablespace has. */
  privileges: z.array(globalPrivilege).nullable(),
  comment: z.string().nullable(),
  securityLabels,
});
export type GlobalTablespace = z.infer<typeof globalTablespace>;

/** The lines of the parts of this kind. */
export const globalsLines = {
  role: globalRole,
  membership: globalMembership,
  setting: globalSetting,
  parameter: globalParameter,
  tablespace: globalTablespace,
};

const keptInManifest = z.enum(keptPasswords);

export const serverGlobals = z.object({
  /** `sealed`: never in a store that is not encrypted, copies included. */
  passwords: keptInManifest,
  roles: z.array(globalRole),
  memberships: z.array(globalMembership),
  settings: z.array(globalSetting),
  parameters: z.array(globalParameter),
  tablespaces: z.array(globalTablespace),
});
export type ServerGlobals = z.infer<typeof serverGlobals>;

/** What of them is in the root of a backup: how many there are, so that a part that is left out would be noticed. */
export const globalsFacts = z.object({
  passwords: keptInManifest,
  roles: count,
  memberships: count,
  settings: count,
  parameters: count,
  tablespaces: count,
});
export type GlobalsFacts = z.infer<typeof globalsFacts>;

export function factsOfGlobals(globals: ServerGlobals): GlobalsFacts {
  return {
    passwords: globals.passwords,
    roles: globals.roles.length,
    memberships: globals.memberships.length,
    settings: globals.settings.length,
    parameters: globals.parameters.length,
    tablespaces: globals.tablespaces.length,
  };
}

export function noGlobals(passwords: ServerGlobals['passwords']): ServerGlobals {
  return { passwords, roles: [], memberships: [], settings: [], parameters: [], tablespaces: [] };
}

export function withoutPasswords(globals: ServerGlobals): ServerGlobals {
  return {
    ...globals,
    roles: globals.roles.map((role) => {
      const { password: _, ...rest } = role;
      return rest;
    }),
  };
}
