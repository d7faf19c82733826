import type { BackupApi, OpenOption, RestoreBody } from '../api/contract.ts';
import { lockSentences } from '../base/words.ts';
import { HoldfastError } from '../base/errors.ts';
import { addressWithPassword } from '../environment.ts';
import { withSecretFiles } from '../secret-files.ts';
import { isBeside } from '../contract/restore-depth.ts';
import { adaptWishes } from './adapt.ts';
import type { RestoreOptions } from './commands/restore.ts';
import { describeRestore, replacedRows } from './describe/restore.ts';
import { chosenRows, typedTenant } from './chosen-rows.ts';
import { plannedWords } from './describe/chosen-rows.ts';
import { follow } from './follow.ts';
import type { Answer, Invocation } from './invocation.ts';
import {
  planAnswer,
  requireUnrefused,
  rolledBack,
  safetyBackupOf,
  safetySentence,
  typedDatabase,
} from './planned.ts';
import { printable } from './terminal/text.ts';
import { confirmTyped } from './terminal/confirm.ts';
import { replacementSentences } from '../contract/replace-words.ts';
import { count, counted } from '../base/units.ts';

export async function restore(
  api: BackupApi,
  invocation: Invocation,
  backupId: number,
  options: RestoreOptions,
  opener: OpenOption,
): Promise<Answer> {
  const { tables = [], schemas = [], to, toDatabase, owners } = options;
  const safetyBackup = safetyBackupOf(options);
  const tenant = typedTenant(options);
  const rows = chosenRows(options);
  const inPlace = to === undefined && toDatabase === undefined;
  const request: RestoreBody = {
    backupId,
    restoreType: rows || tenant ? 'rows' : tables.length + schemas.length === 0 ? 'full' : 'partial',
    tables,
    schemas,
    content: options.content,
    intoSchema: options.intoSchema ?? null,
    as: options.as ?? null,
    ...(rows ? { rows } : {}),
    ...(tenant ? { tenant } : {}),
    target: toDatabase === undefined ? { mode: 'in-place' } : { mode: 'new-database', database: toDatabase },
    ...(to === undefined ? {} : { targetUrl: withPassword(to) }),
    onDrift: options.onDrift,
    ...adaptWishes(options),
    dropNew: options.dropNew ?? false,
    owners,
    ...(options.mapRole === undefined ? {} : { ownership: { map: options.mapRole } }),
    onMissingTablespace: options.onMissingTablespace,
    extensionVersions: options.extensionVersions,
    onRefreshFailure: options.onRefreshFailure,
    onInvalid: options.onInvalid,
    withoutExtensions: options.withoutExtension ?? [],
    allowOtherDatabase: options.fromOtherDatabase ?? false,
    ...(inPlace && options.intoSchema === undefined && options.as === undefined ? { safetyBackup } : {}),
    ...(options.maxWorkers === undefined ? {} : { maxWorkers: options.maxWorkers }),
    ...opener,
  };
  if (options.showSql && !options.dryRun) {
    throw new HoldfastError('INVALID_REQUEST', '--show-sql shows a plan; it needs --dry-run.');
  }
  if (options.dryRun) {
    const plan = await api.planRestore(request, { statements: options.showSql ?? false });
    return planAnswer(plan, plan, backupId);
  }
  // What was confirmed is what is done. Beside the live tables nothing is overwritten, so nothing is asked.
  const beside = isBeside(request);
  const planId = inPlace && !beside && !options.yes ? await confirm(api, invocation, request) : null;

  const summary = await follow(invocation, {
    noun: 'Restore',
    start: () => api.restore(planId === null ? request : { planId, ...opener }),
    wait: (id, onProgress) => api.waitForRestore(id, { onProgress }),
    cancel: (id) => api.cancelRestore(id),
    afterCancel: inPlace
      ? rolledBack
      : `The live database was only read. The unfinished database${toDatabase === undefined ? '' : ` ${toDatabase}`} was dropped.`,
  });
  const detail = await api.getRestore(summary.id);
  return { document: { success: true, restore: detail }, text: describeRestore(detail) };
}

/** The address with the password that the environment of the command has, where it has none itself. @throws INVALID_CONFIGURATION */
export function withPassword(to: string): string {
  const password = withSecretFiles(process.env)('PGPASSWORD');
  return password ? addressWithPassword(to, password) : to;
}

const namedTables = 5;

/** `2 tables: public.orders, public.items`; of many tables the number alone. */
function named(tables: readonly { table: string }[], what: string): string {
  const number = counted(tables.length, what);
  if (tables.length > namedTables) return number;
  return `${number}: ${tables.map(({ table }) => printable(table)).join(', ')}`;
}

/** @returns the id of the plan that was confirmed */
async function confirm(api: BackupApi, invocation: Invocation, request: RestoreBody): Promise<string | null> {
  const database = await typedDatabase(api);
  const plan = await api.planRestore(request);
  requireUnrefused(plan);
  if (plan.rows) {
    const written = plan.rows.reduce(
      (sum, { added, changed, removed }) => sum + added + changed + removed,
      0,
    );
    if (written === 0) return plan.planId;
  }
  if (request.content === 'schema' && plan.create.length === 0) return plan.planId;
  const replaced = plan.tables.filter(({ action }) => action === 'replace');
  const created = plan.tables.filter(({ action }) => action === 'create');
  const rows = replacedRows(plan);
  const parts = [
    replaced.length > 0 ? `replaces ${named(replaced, 'table')} (${count(rows)} rows now)` : '',
    created.length > 0 ? `creates ${named(created, 'missing table')}` : '',
    request.content === 'schema' ? `creates ${counted(plan.create.length, 'object')} without rows` : '',
    plan.rows ? plannedWords(plan.rows) : '',
  ].filter((part) => part !== '');
  const safety = safetySentence(request.safetyBackup, plan);
  await confirmTyped(invocation, {
    message: `Restoring backup ${request.backupId} into the live database ${database} ${parts.join(' and ')}. ${plan.otherDatabase === null ? '' : `${printable(plan.otherDatabase)} `}${[...replacementSentences(plan), ...lockSentences(plan)].map(printable).join(' ')} ${safety}`,
    expected: database,
  });
  return plan.planId;
}
