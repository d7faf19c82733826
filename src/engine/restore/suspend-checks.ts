import {
  addCheckNotValid,
  dropCheck,
  readChecks,
  validateCheck,
  type CheckConstraint,
} from '../../postgres/inspect/checks.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { evaluated } from '../plan/evaluation.ts';
import { attempt, isItsOwnFault, rebuildFailure, type Rebuild } from './rebuild.ts';

/**
 * Drops the CHECK constraints that can only be checked when all rows are loaded: those that call a user's function,
 * which may read other tables or other rows. All of them where rows may violate them, or where they are evaluated under
 * settings under which COPY text cannot be read.
 * @param oids the tables to be filled; null for every table of the database
 */
export async function suspendChecks(
  session: Session,
  oids: readonly number[] | null,
  rebuild: Rebuild,
): Promise<{ resume(): Promise<void> }> {
  const calling =
    rebuild.request.onInvalid === 'fail' && Object.keys(rebuild.evaluation.momentary).length === 0;
  const checks: CheckConstraint[] = [];
  // A constraint that a child also declares itself becomes visible when the parent's is dropped.
  for (let found = await readChecks(session, { oids, calling }); found.length > 0;) {
    for (const check of found) await session.execute(dropCheck(check));
    checks.push(...found);
    found = await readChecks(session, { oids, calling });
  }
  return {
    async resume() {
      // Children first: a parent's constraint then merges with the child's own.
      for (const check of checks.toReversed()) {
        await session.execute(addCheckNotValid(check));
        await validate(session, check, rebuild);
      }
    },
  };
}

async function validate(session: Session, check: CheckConstraint, rebuild: Rebuild): Promise<void> {
  const name = `${displayName(check.on)} ${check.name}`;
  const object = `The CHECK constraint ${name}`;
  const sql = evaluated(rebuild.evaluation, validateCheck(check));
  const tolerant = rebuild.request.onInvalid === 'not-valid';
  const error = tolerant
    ? await attempt(session, sql, rebuild)
    : await session.execute(sql).catch((reason: unknown) => {
        throw rebuildFailure(reason, object, 'check');
      });
  if (error === undefined) return;
  if (!isItsOwnFault(error)) throw rebuildFailure(error, object, 'check');
  rebuild.notValid.push(name);
}
