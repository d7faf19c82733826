import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';
import { describeEntry } from './identity.ts';
import { neededRoles } from './needed-roles.ts';

/** What a role is needed for. */
export interface RoleUse {
  role: string;
  /** Objects that it owns. */
  owns: number;
  /** Privileges, policies and settings that name it. */
  namedIn: number;
  /** The first of them, in words. */
  of: string[];
}

const shown = 5;

/** @param entries that are created */
export function roleUses(
  manifest: Manifest,
  entries: readonly SchemaEntry[],
  roles: readonly string[],
  { owners }: { owners: boolean },
): RoleUse[] {
  const uses = new Map(roles.map((role) => [role, { role, owns: 0, namedIn: 0, of: [] as string[] }]));
  const note = (role: string, what: string, how: 'owns' | 'namedIn'): void => {
    const use = uses.get(role);
    if (!use) return;
    use[how]++;
    if (use.of.length < shown) use.of.push(what);
  };
  if (uses.size === 0) return [];
  for (const entry of entries) {
    if (owners && entry.ownerSql !== '' && entry.owner) note(entry.owner, describeEntry(entry), 'owns');
    if (entryKind(entry.kind).namesRoles === undefined) continue;
    const unowned = { ...entry, owner: null };
    for (const role of neededRoles(manifest, [unowned], { owners, objects: false })) {
      note(role, describeEntry(entry), 'namedIn');
    }
  }
  if (owners) {
    for (const { oid, owner } of manifest.largeObjects.objects) note(owner, `large object ${oid}`, 'owns');
    const { database } = manifest;
    if (database) {
      note(database.owner, 'the database', 'owns');
      for (const { role, name } of database.settings) {
        if (role !== null) note(role, `setting ${name} of the database`, 'namedIn');
      }
      for (const { grantee, privilege } of database.privileges ?? []) {
        if (grantee !== null) note(grantee, `privilege ${privilege} on the database`, 'namedIn');
      }
    }
  }
  return [...uses.values()];
}
