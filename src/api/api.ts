import { databaseFailure } from '../postgres/failure.ts';
import { audited, auditRefusal } from './auditing.ts';
import { isAllowed, type Caller } from './auth/caller.ts';
import type { ApiContext } from './context.ts';
import type { BackupApi, WaitOptions } from './contract.ts';
import { notAllowed } from './error-answer.ts';
import { requireTables } from './initialized.ts';
import { listenTo } from './listeners.ts';
import type { Operation, Work } from './operation.ts';
import { operations } from './operations.ts';
import { runAccess } from './run-access.ts';
import { withSecondActor } from './second-actor.ts';
import { validate } from './validate.ts';

/** The API of a system in the name of any caller. */
export type ApiFor = (caller: Caller) => BackupApi;

export function createApi(context: ApiContext): ApiFor {
  const system = { ...context, runs: runAccess(context) };
  const on = listenTo(context);
  return (caller) => {
    const work: Work = { ...system, caller };
    const methods = operations.map((each) => [
      each.name,
      (...values: unknown[]) => perform(each, work, values),
    ]);
    return Object.freeze({ ...Object.fromEntries(methods), on }) as BackupApi;
  };
}

/**
 * The one way to an operation, from TypeScript and over HTTP: scope, our tables, the arguments, then between two rows of the audit
 * a second actor where one is needed, and the work.
 * @throws a HoldfastError, or the reason of the caller's own signal
 */
async function perform(operation: Operation, work: Work, values: readonly unknown[]): Promise<unknown> {
  try {
    const { caller } = work;
    const { name, scope } = operation;
    if (!isAllowed(caller, scope)) {
      const refusal = notAllowed(caller, scope);
      await auditRefusal(work, { caller, operation: name }, refusal);
      throw refusal;
    }
    if (operation.needsTables) await requireTables(work);
    const checked = operation.takes.map((schema, place) => validate(schema, values[place]));
    return await audited(work, { caller, operation: name, values: checked }, () =>
      withSecondActor(work, operation, checked, () => operation.run(work, ...checked)),
    );
  } catch (error) {
    const { signal } = (values.at(-1) ?? {}) as WaitOptions;
    throw signal?.aborted && error === signal.reason ? error : databaseFailure(error);
  }
}
