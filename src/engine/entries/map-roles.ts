import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';
import { unquoted } from '../../base/quoted-name.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { sqlTokens } from '../../base/sql-tokens.ts';

export type RoleMap = Readonly<Record<string, string>>;

/** The manifest with these roles under other names, wherever a role is named: owners, privileges, policies, user mappings, settings. */
export function mapRoles(manifest: Manifest, map: RoleMap): Manifest {
  if (Object.keys(map).length === 0) return manifest;
  const to = (role: string): string => (Object.hasOwn(map, role) ? map[role]! : role);
  const { database, largeObjects, schema } = manifest;
  return {
    ...manifest,
    roles: [...new Set(manifest.roles.map(to))].toSorted(),
    schema: { ...schema, entries: schema.entries.map((entry) => mapEntry(entry, to)) },
    largeObjects: {
      ...largeObjects,
      objects: largeObjects.objects.map((object) => ({
        ...object,
        owner: to(object.owner),
        sql: rolesRenamed(object.sql, to),
      })),
    },
    database: database && {
      ...database,
      owner: to(database.owner),
      privileges:
        database.privileges?.map((each) => ({ ...each, grantee: each.grantee && to(each.grantee) })) ?? null,
      settings: database.settings.map((each) => ({ ...each, role: each.role && to(each.role) })),
    },
  };
}

function mapEntry(entry: SchemaEntry, to: (role: string) => string): SchemaEntry {
  const { kind, owner, ownerSql, sql } = entry;
  return {
    ...entry,
    owner: owner === null ? null : to(owner),
    ownerSql: ownerSql === '' ? '' : rolesRenamed(ownerSql, to),
    sql: entryKind(kind).namesRoles === undefined ? sql : rolesRenamed(sql, to),
  };
}

/** After these, roles follow, with commas between them. */
const beforeRoles = new Set(['TO', 'FROM', 'AUTHORIZATION', 'ROLE', 'MAPPING FOR']);
const isName = (text: string): boolean => /^(?:"|[\w\u{80}-\u{10ffff}])/u.test(text);

/**
 * A statement of pg_dump that grants, revokes, makes a policy or a user mapping, or gives an owner, with other roles. pg_dump quotes every
 * name that is a reserved word, so that TO and FROM without quotes and outside of parentheses are keywords (PostgreSQL: fmtId()).
 */
function rolesRenamed(statements: string, to: (role: string) => string): string {
  let depth = 0;
  /** The next name is a role. */
  let expected = false;
  /** What came before was a role, so that a comma brings another one. */
  let listed = false;
  let previous = '';
  let result = '';
  for (const text of sqlTokens(statements)) {
    let written = text;
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (depth === 0 && text === ',') expected = listed;
    else if (depth === 0 && isName(text)) {
      const word = text.toUpperCase();
      if (expected && word !== 'PUBLIC' && word !== 'DEFAULT') {
        const role = unquoted(text);
        const other = to(role);
        if (other !== role) written = quoteIdentifier(other);
      }
      listed = expected;
      expected = !listed && (beforeRoles.has(word) || beforeRoles.has(`${previous} ${word}`));
      previous = word;
    } else if (text.trim() !== '') {
      expected = false;
      listed = false;
    }
    result += written;
  }
  return result;
}
