import { HoldfastError, type ErrorCode } from '../../base/errors.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { sqlState } from '../../postgres/failure.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { entrySql, withPolicies } from '../entries/sql.ts';
import {
  evaluated,
  putIntoForce,
  usableEvaluation,
  type Evaluated,
  type Evaluation,
} from '../plan/evaluation.ts';
import { describeEntry } from '../entries/identity.ts';
import type { RestoreRequest } from '../requests.ts';

/** How one restore creates objects, and those it could not create as they were. */
export interface Rebuild {
  request: Pick<RestoreRequest, 'owners' | 'onRefreshFailure' | 'onInvalid' | 'withoutExtensions'>;
  evaluation: Evaluation;
  /** Whether everything is in one transaction, in which a failed statement must be rolled back to continue. */
  inTransaction: boolean;
  /** Materialized views without rows, because their refresh failed. */
  leftEmpty: string[];
  /** Constraints that are NOT VALID, because rows violate them. */
  notValid: string[];
  /** Objects that needed a left-out extension, which showed only when their creation failed. */
  leftOut: string[];
}

/** Puts the application's settings into force on `session`, outside of a transaction. */
export async function beginRebuild(
  session: Session,
  manifest: Evaluated,
  request: Rebuild['request'],
  { inTransaction }: Pick<Rebuild, 'inTransaction'>,
): Promise<Rebuild> {
  const evaluation = await usableEvaluation(session, manifest);
  await putIntoForce(session, evaluation);
  return { request, evaluation, inTransaction, leftEmpty: [], notValid: [], leftOut: [] };
}

/** Creates the object of one entry. @throws an error that names it, and the option that tolerates it, if there is one */
export async function createEntry(session: Session, entry: SchemaEntry, rebuild: Rebuild): Promise<void> {
  if (entry.kind === 'MATERIALIZED VIEW DATA') return refresh(session, nameOf(entry), entry.sql, rebuild);
  const sql = entrySql(entry, rebuild.request.owners);
  if (sql === '') return;
  if (entry.kind === 'FK CONSTRAINT') return addForeignKey(session, nameOf(entry), sql, rebuild);
  if (rebuild.request.withoutExtensions.length > 0 && ofMembers.has(entry.kind)) {
    const error = await attempt(session, sql, rebuild);
    if (error === undefined) return;
    if (!missingObject.has(sqlState(error) ?? '')) throw rebuildFailure(error, describeEntry(entry));
    rebuild.leftOut.push(describeEntry(entry));
    return;
  }
  try {
    await session.execute(sql);
  } catch (error) {
    throw rebuildFailure(error, describeEntry(entry), entry.kind === 'EXTENSION' ? 'extension' : 'object');
  }
}

/** Kinds that may belong to an object of an extension, which is not an entry of the backup itself. */
const ofMembers = new Set(['ACL', 'COMMENT', 'SECURITY LABEL', 'POLICY', 'TRIGGER', 'INDEX']);

function nameOf(entry: SchemaEntry): string {
  return `${entry.schema === null ? '' : `${entry.schema}.`}${entry.name}`;
}

/** Fills a materialized view, or leaves it empty if the request allows that. */
export async function refresh(
  session: Session,
  name: string,
  sql: string,
  rebuild: Rebuild,
  whenItFails?: string,
): Promise<void> {
  const statement = evaluated(rebuild.evaluation, withPolicies(sql));
  if (rebuild.request.onRefreshFailure === 'fail') {
    try {
      await session.execute(statement);
    } catch (error) {
      throw rebuildFailure(error, `The materialized view ${name}`, 'refresh');
    }
    return;
  }
  const error = await attempt(session, statement, rebuild);
  if (error === undefined) return;
  if (!isItsOwnFault(error)) throw rebuildFailure(error, `The materialized view ${name}`, 'refresh');
  if (whenItFails !== undefined) await session.execute(whenItFails);
  rebuild.leftEmpty.push(name);
}

/** Adds a foreign key, which validates it; NOT VALID if rows violate it and the request allows that. */
export async function addForeignKey(
  session: Session,
  name: string,
  sql: string,
  rebuild: Rebuild,
): Promise<void> {
  const object = `The foreign key ${name}`;
  if (rebuild.request.onInvalid === 'fail') {
    try {
      await session.execute(sql);
    } catch (error) {
      throw rebuildFailure(error, object);
    }
    return;
  }
  const error = await attempt(session, sql, rebuild);
  if (error === undefined) return;
  if (sqlState(error) !== foreignKeyViolation) throw rebuildFailure(error, object);
  try {
    await session.execute(withoutValidation(sql));
  } catch (second) {
    // Before PostgreSQL 18 a partitioned table's foreign key cannot be NOT VALID.
    throw rebuildFailure(sqlState(second) === undefined ? second : error, object, 'no option');
  }
  rebuild.notValid.push(name);
}

/** pg_dump and pg_get_constraintdef() write the constraint's attributes last, so one more may follow them. */
function withoutValidation(addConstraint: string): string {
  const [first = '', ...rest] = addConstraint.split(/;(?=\s*(?:comment on constraint|$))/i);
  return [`${first} NOT VALID`, ...rest.filter((each) => each.trim() !== '')].join(';');
}

/**
 * Runs SQL whose failure leaves the session as it was.
 * @returns the server's error
 * @throws every other error
 */
export async function attempt(
  session: Session,
  sql: string,
  { inTransaction }: Pick<Rebuild, 'inTransaction'>,
): Promise<unknown> {
  if (inTransaction) await session.execute('savepoint holdfast_attempt');
  try {
    // Outside a transaction, one simple query is a transaction.
    await session.execute(sql);
    if (inTransaction) await session.execute('release savepoint holdfast_attempt');
    return undefined;
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    if (inTransaction) {
      await session.execute('rollback to savepoint holdfast_attempt; release savepoint holdfast_attempt');
    }
    return error;
  }
}

const foreignKeyViolation = '23503';
const checkViolation = '23514';
/** A missing function, operator, relation, column, type or schema. */
const missingObject = new Set(['42883', '42P01', '42703', '42704', '3F000']);
const insufficientPrivilege = '42501';
/** Classes of SQLSTATE about the server, the connection or other sessions. */
const ofTheServer = new Set(['08', '25', '28', '40', '53', '55', '57', '58', 'F0', 'XX']);
/** In one of these classes, but about the object: it is not in the state that a statement needs, such as an empty materialized view. */
const notInPrerequisiteState = '55000';

/** Whether the object itself is the cause of an error, not the server or another session. */
export function isItsOwnFault(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && (state === notInPrerequisiteState || !ofTheServer.has(state.slice(0, 2)));
}

const offered = {
  constraint:
    'Everything was rolled back. Correct the rows in the source and back up again, or restore the tables on both sides of a foreign key; or restore with onInvalid "not-valid" (--on-invalid not-valid), which leaves the constraint NOT VALID and lists it.',
  searchPath: (object: string) =>
    `Everything was rolled back. ${object} calls a function that does not find what it names: names without a schema are looked up in search_path, which is empty in a restore, and what was left out is not there. In the source, give the function one (ALTER FUNCTION … SET search_path = …) or qualify the names in it, and back up again.`,
} as const;

/**
 * A server error during the creation or loading of `object` as an error of the catalogue; any other error unchanged.
 * @param what decides which option the error names
 */
export function rebuildFailure(
  error: unknown,
  object: string,
  what: 'object' | 'check' | 'refresh' | 'extension' | 'no option' = 'object',
): unknown {
  const state = sqlState(error);
  if (state === undefined) return error;
  const { message, detail, where, constraint } = error as Record<string, string | undefined>;
  const text = `${object}: ${message}${detail ? ` (${detail})` : ''}`;
  const details = {
    object,
    sqlState: state,
    ...(constraint ? { constraint } : {}),
    ...(where ? { where } : {}),
  };
  const failure = (code: ErrorCode, hint?: string): HoldfastError =>
    new HoldfastError(code, text, { cause: error, details, ...(hint === undefined ? {} : { hint }) });
  if (!isItsOwnFault(error)) {
    // restore.ts translates it, as every error of a restore.
    (error as Error).message = `${object}: ${message}`;
    return error;
  }
  if (what === 'refresh') return failure('MATVIEW_REFRESH_FAILED');
  if (what === 'extension') return failure('EXTENSION_NOT_CREATED');
  if (missingObject.has(state) && where) {
    const checks = what === 'check' ? ' Or restore with onInvalid "not-valid" (--on-invalid not-valid).' : '';
    return failure('SEARCH_PATH_NEEDED', offered.searchPath(object) + checks);
  }
  if (what !== 'no option' && (state === foreignKeyViolation || state === checkViolation)) {
    return failure('CONSTRAINT_VIOLATED', offered.constraint);
  }
  if (state.startsWith('23')) return failure('CONSTRAINT_VIOLATED');
  if (state === insufficientPrivilege) return failure('INSUFFICIENT_PRIVILEGE');
  return failure('RESTORE_FAILED');
}
