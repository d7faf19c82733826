import {
  addConstraint,
  dropConstraint,
  hasConstraint,
  readForeignKeys,
  readInherited,
  readUnvalidated,
  type TableConstraint,
  validateConstraint,
} from '../../postgres/inspect/constraints.ts';
import { readForcedRowSecurity } from '../../postgres/inspect/dependents.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { changeEventTrigger, readEventTriggers } from '../../postgres/inspect/triggers.ts';
import { addForeignKey, type Rebuild } from './rebuild.ts';
import { suspendTriggers } from './suspend-triggers.ts';

/** Constraints, triggers and row security of live tables that would act on the rows that are loaded. Each comes back exactly as it was found. */
export interface SuspendedGuards {
  /** Triggers, and constraints that were NOT VALID. */
  resume(): Promise<void>;
  /** Foreign keys, each of which is checked against every row. */
  addForeignKeys(rebuild: Rebuild): Promise<void>;
  /** Forced row security, under which an owner could not prove foreign keys. */
  forceRowSecurity(): Promise<void>;
}

/**
 * @param oids the tables to be filled, with all their ancestors; locked by this transaction
 * @param isNew whether this transaction has made the table: then there is nothing to put back as it was found
 */
export async function suspendGuards(
  session: Session,
  oids: readonly number[],
  isNew: (table: QualifiedName) => boolean = () => false,
): Promise<SuspendedGuards> {
  const keys = await readForeignKeys(session, oids);
  const forced = await readForcedRowSecurity(session, oids);
  for (const key of keys) await session.execute(dropConstraint(key));
  const unvalidated: TableConstraint[] = [];
  const inherited = (await readInherited(session, oids)).filter(({ table }) => !isNew(table));
  // A constraint that a child also declares itself becomes visible when the parent's is dropped.
  for (let found = await readUnvalidated(session, oids); found.length > 0;) {
    for (const constraint of found) await session.execute(dropConstraint(constraint));
    unvalidated.push(...found);
    found = await readUnvalidated(session, oids);
  }
  const triggers = await suspendTriggers(session, oids);
  for (const table of forced) {
    await session.execute(`alter table only ${quoteName(table)} no force row level security`);
  }
  return {
    async resume() {
      // Children first: a parent's constraint then merges with the child's own. A partition's may have another name
      // than the parent's, and either may be valid where the parent's is not.
      for (const constraint of inherited) {
        if (constraint.partition && !(await hasConstraint(session, constraint))) {
          await session.execute(addConstraint(constraint));
        }
      }
      for (const constraint of unvalidated.toReversed()) await session.execute(addConstraint(constraint));
      for (const constraint of inherited) {
        if (!constraint.partition && constraint.validated) {
          await session.execute(validateConstraint(constraint));
        }
      }
      await triggers.resume();
    },
    async addForeignKeys(rebuild) {
      for (const key of keys) {
        // A partition that was attached meanwhile has its parent's.
        if (await hasConstraint(session, key)) continue;
        await addForeignKey(session, `${displayName(key.table)} ${key.name}`, addConstraint(key), rebuild);
      }
    },
    async forceRowSecurity() {
      for (const table of forced) {
        await session.execute(`alter table only ${quoteName(table)} force row level security`);
      }
    },
  };
}

/**
 * Keeps event triggers from firing on the restore's own DDL, as far as the role may. Other sessions never see it: the
 * transaction resumes them before it ends.
 */
export async function suspendEventTriggers(session: Session): Promise<{ resume(): Promise<void> }> {
  const triggers = (await readEventTriggers(session)).filter((trigger) => trigger.changeable);
  for (const trigger of triggers) await session.execute(changeEventTrigger(trigger, 'D'));
  return {
    async resume() {
      for (const trigger of triggers) await session.execute(changeEventTrigger(trigger, trigger.state));
    },
  };
}
