import type { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { NewAuditRow } from '../catalog/audit.ts';
import type { RunKind } from '../contract/states.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';

/** Whose ends are written into the audit: what they do is done long after the call that ordered them. */
const audited: ReadonlySet<RunKind> = new Set<RunKind>(['restore', 'cleanup']);

const noCall = { subject: null, tokenId: null, session: null, address: null, forwardedFor: null };

/** Writes the end of a run into the audit. Never throws: it is over. */
export async function auditRunEnd(
  context: RunContext,
  run: { kind: RunKind; id: number },
  failure?: HoldfastError,
): Promise<void> {
  if (!audited.has(run.kind)) return;
  await add(context, async () => {
    const parameters = run.kind === 'cleanup' ? await deletedBy(context, run.id) : [];
    // Most cleanups find nothing to delete.
    if (run.kind === 'cleanup' && parameters.length === 0 && !failure) return undefined;
    return {
      ...noCall,
      actor: 'Holdfast',
      by: 'run',
      operation: `${run.kind}Ended`,
      parameters,
      outcome: { status: failure?.definition.status ?? 200, code: failure?.code ?? null, run },
    };
  });
}

/** Writes into the audit what a schedule has ordered. Never throws: a backup that is missing is worse than its line. */
export function auditSchedule(
  context: RunContext,
  schedule: string,
  operation: 'createBackup' | 'cleanUp',
  run: { kind: RunKind; id: number },
): Promise<void> {
  return add(context, async () => ({
    ...noCall,
    actor: `schedule "${schedule}"`,
    by: 'schedule',
    operation,
    parameters: [],
    outcome: { status: 200, code: null, run },
  }));
}

/** The backups that a cleanup has deleted, as a parameter; none where it has deleted none. */
async function deletedBy({ catalog }: RunContext, id: number): Promise<unknown[]> {
  const { backups = [] } = (await catalog.cleanupLog.get(id)) ?? {};
  return backups.length === 0 ? [] : [{ deleted: backups.map((backup) => backup.id) }];
}

async function add(context: RunContext, row: () => Promise<NewAuditRow | undefined>): Promise<void> {
  try {
    const made = await row();
    if (made) await context.catalog.audit.append(made);
  } catch (error) {
    const failure = databaseFailure(error);
    context.logger.log('error', `not in the audit: ${redact(failure.message)}`, { code: failure.code });
  }
}
