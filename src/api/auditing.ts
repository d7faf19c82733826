import { redact } from '../base/redaction.ts';
import type { AuditedCall, AuditOutcome } from '../contract/audit.ts';
import type { RunKind } from '../contract/states.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { auditedParameters, isAudited } from './audited.ts';
import type { Caller } from './auth/caller.ts';
import type { ApiContext } from './context.ts';
import type { OperationName } from './operation.ts';

/** Which run the answer of a call is of. */
const runOf: Partial<Record<OperationName, RunKind>> = {
  createBackup: 'backup',
  createPoint: 'backup',
  restore: 'restore',
  undoRestore: 'restore',
  verifyBackup: 'verification',
  cleanUp: 'cleanup',
  copyBackup: 'copy',
  drillBackup: 'drill',
  scrubStore: 'scrub',
  checkStore: 'check',
  importStore: 'import',
};

/** Of the name of a session: enough to tell one from another. */
const shownOfSession = 12;

/**
 * Does the work of a call between two rows of the audit: what is asked, and what came of it. Where the first cannot be written, nothing is done.
 * Where the second cannot, that is in the log, and the caller learns what has happened all the same. On a standby nothing can be written:
 * what only reads is in the log instead, and all else is refused by the server.
 * @throws AUDIT_FAILED; what the work throws
 */
export async function audited<T>(
  context: ApiContext,
  { caller, operation, values }: { caller: Caller; operation: OperationName; values: readonly unknown[] },
  work: () => Promise<T>,
): Promise<T> {
  // Before there are our tables there is no audit; `init` is written into the one that it makes or mends.
  const initializes = operation === 'init';
  const ready = isAudited(operation, values) && (await context.catalog.isInitialized());
  if (!initializes && !ready) return work();
  const call = auditedCall(caller, operation, auditedParameters(values));
  const of = initializes ? undefined : await begun(context, call);
  if (of === 'standby') return work();
  const end = (outcome: Omit<AuditOutcome, 'at'>): Promise<unknown> =>
    written(context, operation, () =>
      context.catalog.audit.append(
        of === undefined ? { ...call, outcome } : { actor: call.actor, operation, of, outcome },
      ),
    );
  try {
    const result = await work();
    await end({ status: 200, code: null, run: runIn(operation, result) });
    return result;
  } catch (error) {
    // Where `init` failed there may be no tables.
    if (of !== undefined) await end(failedOutcome(operation, error));
    throw error;
  }
}

async function begun(context: ApiContext, call: AuditedCall): Promise<number | 'standby'> {
  try {
    return await context.catalog.audit.append(call);
  } catch (error) {
    if (databaseFailure(error).code !== 'STANDBY') throw error;
    const { actor, by, operation } = call;
    context.config.logger.log(
      'warn',
      `${operation} by ${redact(actor)} is not in the audit, which a standby cannot write`,
      {
        code: 'STANDBY',
        by,
      },
    );
    return 'standby';
  }
}

/** A call that was refused before any work. Never throws. */
export async function auditRefusal(
  context: ApiContext,
  { caller, operation }: { caller: Caller; operation: OperationName },
  error: unknown,
): Promise<void> {
  if (!isAudited(operation, [])) return;
  await written(context, operation, async () => {
    if (!(await context.catalog.isInitialized())) return;
    const call = auditedCall(caller, operation, []);
    await context.catalog.audit.append({ ...call, outcome: failedOutcome(operation, error) });
  });
}

/** A sign-in to the page, or a sign-out. Never throws: that it can be seen what is wrong matters more. */
export async function auditSession(
  context: ApiContext,
  caller: Caller,
  operation: 'signIn' | 'signOut',
): Promise<void> {
  await written(context, operation, async () => {
    if (!(await context.catalog.isInitialized())) return;
    const outcome = { status: 200, code: null, run: null };
    await context.catalog.audit.append({ ...auditedCall(caller, operation, []), outcome });
  });
}

function auditedCall(caller: Caller, operation: string, parameters: unknown[]): AuditedCall {
  const { kind, actor, subject, tokenId, sessionId, address, forwardedFor } = caller;
  return {
    actor,
    by: kind,
    subject: subject ?? null,
    tokenId: tokenId ?? null,
    session: sessionId?.slice(0, shownOfSession) ?? null,
    address: address ?? null,
    forwardedFor: forwardedFor ?? null,
    operation,
    parameters,
  };
}

async function written(context: ApiContext, operation: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const failure = databaseFailure(error);
    context.config.logger.log(
      'error',
      `what came of ${operation} is not in the audit: ${redact(failure.message)}`,
      {
        code: failure.code,
      },
    );
  }
}

function failedOutcome(operation: OperationName, error: unknown): Omit<AuditOutcome, 'at'> {
  const { code, definition, details } = databaseFailure(error);
  const kind = runOf[operation];
  return { status: definition.status, code, run: kind ? runIn(operation, details?.[kind]) : null };
}

function runIn(operation: OperationName, row: unknown): AuditOutcome['run'] {
  const kind = runOf[operation];
  const id = (row as { id?: unknown } | null | undefined)?.id;
  return kind && typeof id === 'number' ? { kind, id } : null;
}
