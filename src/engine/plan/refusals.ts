import { HoldfastError, type ErrorCode } from '../../base/errors.ts';
import type { LostObject } from '../../contract/replace.ts';
import type { OnDrift } from '../../contract/adapt.ts';
import type { Drift } from '../../contract/drift.ts';
import { counted } from '../../base/units.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import type { ExtensionProblem } from './extension-problems.ts';

/** A reason to refuse a restore that is known before it changes anything. */
export interface Refusal {
  code: ErrorCode;
  message: string;
  /** Instead of the catalogue's hint. */
  hint?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** Facts for which a restore can be refused. */
export interface Findings {
  /** The name of the new database, if a database has it already. */
  takenName?: string | undefined;
  /** Why the database that has the name on another server is not replaced. */
  occupied?: Refusal | undefined;
  /** Both encodings, if rows of the backup may be invalid in that of the database. */
  encoding?: { backup: string; live: string } | undefined;
  /** Data of the backup that is known to be missing or damaged. */
  lacking?: Refusal | undefined;
  /** How the live database differs from the one that was backed up; null if it is the same, or if another one is allowed. */
  otherDatabase?: string | null;
  mayCreateDatabase?: boolean;
  extensionProblems: readonly ExtensionProblem[];
  missingRoles: readonly string[];
  /** Whether roles may become other ones. */
  mayMapRoles?: boolean;
  missingTablespaces?: readonly string[];
  drift?: readonly Drift[];
  /** What was to be done about it: then the drift is what cannot be. */
  onDrift?: OnDrift;
  /** What came since and would be dropped, unless that is allowed. */
  lost?: readonly LostObject[];
}

/** How many differences the message names; the details have all. */
const namedDrift = 5;

/** Every reason, the most important first. A restore fails with the first. */
export function refusalsOf(found: Findings): Refusal[] {
  const refusals: Refusal[] = [];
  if (found.takenName !== undefined) {
    refusals.push({
      code: 'DATABASE_EXISTS',
      message: `A database named "${found.takenName}" exists already.`,
      details: { database: found.takenName },
    });
  }
  if (found.occupied) refusals.push(found.occupied);
  if (found.encoding) {
    refusals.push({
      code: 'ENCODING_NOT_SUPPORTED',
      message: `The backup is of a database of encoding ${found.encoding.backup}, whose rows may hold any bytes; this one is ${found.encoding.live}.`,
      hint: 'Restore it into a new database, which gets that encoding.',
    });
  }
  if (found.lacking) refusals.push(found.lacking);
  if (typeof found.otherDatabase === 'string') {
    refusals.push({ code: 'OTHER_DATABASE', message: `${found.otherDatabase} Nothing was changed.` });
  }
  if (found.mayCreateDatabase === false) {
    refusals.push({
      code: 'INSUFFICIENT_PRIVILEGE',
      message: 'This role may not create databases.',
      hint: 'Grant it that (ALTER ROLE … CREATEDB), or restore in place.',
    });
  }
  if (found.extensionProblems.length > 0) {
    const problems = found.extensionProblems.map(({ name, problem }) => `${name}: ${problem}`);
    refusals.push({
      code: 'EXTENSIONS_MISSING',
      message: `Extensions that cannot be created: ${problems.join('; ')}.`,
      details: { extensions: found.extensionProblems.map(({ name }) => name) },
    });
  }
  if (found.missingRoles.length > 0) {
    refusals.push({
      code: 'ROLES_MISSING',
      message: `These roles do not exist: ${found.missingRoles.join(', ')}.`,
      ...(found.mayMapRoles ? { hint: roleChoices(found.missingRoles[0]!) } : {}),
      details: { roles: [...found.missingRoles] },
    });
  }
  const { missingTablespaces: absent = [] } = found;
  if (absent.length > 0) {
    refusals.push({
      code: 'TABLESPACES_MISSING',
      message: `These tablespaces do not exist: ${absent.join(', ')}.`,
      details: { tablespaces: [...absent] },
    });
  }
  if (found.drift && found.drift.length > 0)
    refusals.push(driftRefusal(found.drift, found.onDrift ?? 'fail'));
  if (found.lost && found.lost.length > 0) refusals.push(lostRefusal(found.lost));
  return refusals;
}

function roleChoices(role: string): string {
  const sql = `CREATE ROLE ${quoteIdentifier(role)} NOLOGIN;`;
  return `Create them (${sql}); or have roles that are there instead: ownership {"map": {${JSON.stringify(role)}: "other"}}, --map-role ${role}=OTHER; or restore without owners and privileges: ownership "skip", --no-owners. The plan says what each is needed for.`;
}

const driftHints: Partial<Record<OnDrift, string>> = {
  adapt:
    'The rest can be adapted. Say what the message asks for, leave these tables out, or restore into a new database.',
  replace:
    'Restore what the message names too, adapt the rows (onDrift "adapt"), or restore into a new database.',
};

function driftRefusal(drift: readonly Drift[], onDrift: OnDrift): Refusal {
  const first = drift.slice(0, namedDrift).map(({ table, difference }) => `${table}: ${difference}`);
  const more = drift.length > namedDrift ? `; and ${drift.length - namedDrift} more` : '';
  return {
    code: 'SCHEMA_DRIFT',
    message: `Nothing was changed. ${first.join('; ')}${more}.`,
    hint: driftHints[onDrift],
    details: { drift: [...drift] },
  };
}

function lostRefusal(lost: readonly LostObject[]): Refusal {
  const first = lost.slice(0, namedDrift).map(({ what, rowsNow }) => `${what}${rowsWords(rowsNow)}`);
  const more = lost.length > namedDrift ? `; and ${lost.length - namedDrift} more` : '';
  return {
    code: 'NEW_WOULD_BE_LOST',
    message: `Nothing was changed. These came since the backup and would be dropped: ${first.join('; ')}${more}.`,
    details: { lost: [...lost] },
  };
}

function rowsWords(rows: number | null): string {
  return rows === null ? '' : ` (${counted(rows, 'row')})`;
}

export function refusalError({ code, message, hint, details }: Refusal): HoldfastError {
  return new HoldfastError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

/** @throws the first refusal of the plan */
export function refuse({ refusals }: { refusals: readonly Refusal[] }): void {
  if (refusals[0]) throw refusalError(refusals[0]);
}
