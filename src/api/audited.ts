import type { OperationName } from './operation.ts';

/**
 * What only looks at how things are, without a row of the data. Everything else is written into the audit: an operation that is new, too.
 */
const onlyLook: ReadonlySet<OperationName> = new Set<OperationName>([
  'events',
  'getBackup',
  'getCertificate',
  'getCheck',
  'getCleanup',
  'getCopy',
  'getDrill',
  'getFinding',
  'getImport',
  'getRestore',
  'getSchedule',
  'getScrub',
  'getVerification',
  'listAnnouncements',
  'listApprovals',
  'listAudit',
  'listBackups',
  'listChannels',
  'listChecks',
  'listCleanups',
  'listCopies',
  'listDatabases',
  'listDrills',
  'listFindings',
  'listImports',
  'listRestores',
  'listSchedules',
  'listScrubs',
  'listStores',
  'listTables',
  'listTokens',
  'listVerifications',
  'metrics',
  'missingTables',
  'planInit',
  'previewRetention',
  'previewSchedule',
  'ready',
  'status',
  'verifyAudit',
  'waitForBackup',
  'waitForCheck',
  'waitForCleanup',
  'waitForCopy',
  'waitForDrill',
  'waitForImport',
  'waitForRestore',
  'waitForScrub',
  'waitForVerification',
]);

/** Whether a call is written into the audit. What is opened with a key always is. */
export function isAudited(operation: OperationName, values: readonly unknown[]): boolean {
  return !onlyLook.has(operation) || values.some(hasKey);
}

function hasKey(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && (value as { identity?: unknown }).identity !== undefined
  );
}

/**
 * The fields of arguments whose values are written down. None of them has a secret, a value of a row, or a text of free form; a field that is
 * new is left out until it is named here.
 */
export const auditedFields: ReadonlySet<string> = new Set([
  'against',
  'allowOtherDatabase',
  'as',
  'backupId',
  'by',
  'confirm',
  'content',
  'copyTo',
  'cron',
  'database',
  'databases',
  'dayOfMonth',
  'dayOfWeek',
  'decision',
  'despiteFinding',
  'dropColumns',
  'dropNew',
  'dryRun',
  'enabled',
  'expiresAt',
  'extensionVersions',
  'failedDays',
  'force',
  'format',
  'frequency',
  'full',
  'intoSchema',
  'jitterSeconds',
  'keepDaily',
  'keepHourly',
  'keepMinimum',
  'keepMonthly',
  'keepWeekly',
  'keepYearly',
  'kind',
  'level',
  'limit',
  'maxBackups',
  'maxWorkers',
  'measure',
  'missedRuns',
  'mode',
  'name',
  'newRows',
  'onConflict',
  'onDifferent',
  'onDrift',
  'onInvalid',
  'onMissingTablespace',
  'onRefreshFailure',
  'ownership',
  'passwords',
  'planId',
  'recovery',
  'repeatHours',
  'restoreType',
  'retentionDays',
  'rows',
  'safetyBackup',
  'schemas',
  'scopes',
  'sealed',
  'share',
  'statements',
  'store',
  'table',
  'tables',
  'tablespaces',
  'target',
  'time',
  'timeoutSeconds',
  'timezone',
  'topics',
  'type',
  'until',
  'usual',
  'uuid',
  'withChildren',
  'withParents',
  'withoutExtensions',
]);

const longestText = 200;
const longestList = 50;

/** The arguments of a call, as the audit has them. */
export function auditedParameters(values: readonly unknown[]): unknown[] {
  const shown = values.map((value) => audited(value));
  // What is at the end and says nothing.
  while (shown.length > 0 && isEmpty(shown.at(-1))) shown.pop();
  return shown;
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}

function audited(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, longestText);
  if (Array.isArray(value)) {
    const shown = value.slice(0, longestList).map(audited);
    return value.length > longestList ? [...shown, `and ${value.length - longestList} more`] : shown;
  }
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      item === undefined
        ? []
        : auditedFields.has(name)
          ? [[name, audited(item)]]
          : isSetting(name)
            ? []
            : [[name, '…']],
    ),
  );
}

/** How a call is waited for, which is no part of what is asked. */
function isSetting(name: string): boolean {
  return name === 'wait' || name === 'signal' || name === 'onProgress';
}
