/*
 * globals/ owns the backup of a server's roles and tablespaces, the script of one, and its restore: what of it a server lacks, and what of that
 * gives power. It never changes a role that is there unless it is asked to.
 */
import type { GlobalRole, GlobalTablespace, ServerGlobals } from '../../format/globals.ts';
import { psqlText } from '../../format/psql-text.ts';
import { scriptHeading, scriptOmitted } from '../../format/sql-script.ts';
import {
  alterRole,
  commentOn,
  createRoleIfMissing,
  createTablespace,
  grantMembership,
  inGrantOrder,
  privilegeStatements,
  securityLabel,
  setForRole,
  setTablespaceOptions,
} from '../../postgres/globals/statements.ts';

/**
 * The globals as SQL for psql, in the order of pg_dumpall. Roles that are there already get the attributes of the backup.
 * @throws MANIFEST_INVALID for what no server has
 */
export function globalsScript(globals: ServerGlobals): string {
  const { roles, memberships, settings, parameters, tablespaces } = globals;
  const ofAll = settings.filter(({ database }) => database === null);
  const ofDatabases = settings.filter(({ database }) => database !== null);
  return [
    section('Roles', roles.flatMap(roleStatements)),
    section('Settings of roles', ofAll.map(setForRole)),
    section('Memberships', inGrantOrder(memberships).map(grantMembership)),
    section(
      'Privileges on parameters',
      parameters.flatMap((parameter) => privilegeStatements('PARAMETER', parameter)),
    ),
    section('Tablespaces', tablespaces.flatMap(tablespaceStatements)),
    scriptOmitted(
      'Settings of roles in one database, to be made when that database is there again',
      ofDatabases.map(setForRole),
    ),
  ].join('');
}

function section(title: string, statements: readonly string[]): string {
  if (statements.length === 0) return '';
  const text = statements.map((statement) => psqlText(`${statement};`, `${title} of the manifest`));
  return `${scriptHeading(title)}\n${text.join('\n')}\n\n`;
}

function roleStatements(role: GlobalRole): string[] {
  const { name, comment, securityLabels } = role;
  return [
    createRoleIfMissing(role),
    alterRole(role),
    ...(comment === null ? [] : [commentOn('ROLE', name, comment)]),
    ...securityLabels.map((label) => securityLabel('ROLE', name, label)),
  ];
}

function tablespaceStatements(tablespace: GlobalTablespace): string[] {
  const { name, owner, options, privileges, comment, securityLabels } = tablespace;
  return [
    createTablespace(tablespace, owner),
    ...(options.length === 0 ? [] : [setTablespaceOptions(tablespace)]),
    ...(privileges === null ? [] : privilegeStatements('TABLESPACE', { name, owner, privileges })),
    ...(comment === null ? [] : [commentOn('TABLESPACE', name, comment)]),
    ...securityLabels.map((label) => securityLabel('TABLESPACE', name, label)),
  ];
}
