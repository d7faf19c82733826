/** The columns of an export. Times are ISO 8601 in UTC, sizes are bytes: a spreadsheet formats them. Pure. */
import { callInWords } from '../../../src/contract/audit-words.ts';
import type { AuditEntry, Cleanup, Drill, RestoreSummary } from '../data/client.ts';
import type { CsvColumn } from '../format/csv.ts';

export const restoreColumns: readonly CsvColumn<RestoreSummary>[] = [
  { header: 'id', value: (restore) => restore.id },
  { header: 'status', value: (restore) => restore.status },
  { header: 'backup_id', value: (restore) => restore.backupId },
  { header: 'type', value: (restore) => restore.restoreType },
  { header: 'tables', value: (restore) => restore.tables.join(' ') },
  { header: 'target', value: (restore) => restore.target.mode },
  {
    header: 'new_database',
    value: ({ target }) => (target.mode === 'new-database' ? target.database : null),
  },
  { header: 'safety_backup_id', value: (restore) => restore.safetyBackupId },
  { header: 'created_at', value: (restore) => restore.createdAt },
  { header: 'started_at', value: (restore) => restore.startedAt },
  { header: 'finished_at', value: (restore) => restore.finishedAt },
  { header: 'error_code', value: (restore) => restore.error?.code ?? null },
  { header: 'error_message', value: (restore) => restore.error?.message ?? null },
];

export const cleanupColumns: readonly CsvColumn<Cleanup>[] = [
  { header: 'id', value: (cleanup) => cleanup.id },
  { header: 'status', value: (cleanup) => cleanup.status },
  { header: 'created_at', value: (cleanup) => cleanup.createdAt },
  { header: 'started_at', value: (cleanup) => cleanup.startedAt },
  { header: 'finished_at', value: (cleanup) => cleanup.finishedAt },
  { header: 'trigger', value: (cleanup) => cleanup.trigger },
  { header: 'reason', value: (cleanup) => cleanup.reason },
  { header: 'backups_deleted', value: (cleanup) => cleanup.backups.length },
  {
    header: 'backups',
    value: (cleanup) =>
      cleanup.backups.map(({ id, reasons }) => `${id}: ${reasons?.join('; ') ?? ''}`).join(' | '),
  },
  { header: 'chunks_deleted', value: (cleanup) => cleanup.chunksDeleted },
  { header: 'bytes_freed', value: (cleanup) => cleanup.bytesFreed },
  { header: 'error_message', value: (cleanup) => cleanup.error?.message ?? null },
];

export const auditColumns: readonly CsvColumn<AuditEntry>[] = [
  { header: 'row', value: (entry) => entry.id },
  { header: 'at', value: (entry) => entry.at },
  { header: 'actor', value: (entry) => entry.actor },
  { header: 'by', value: (entry) => entry.by },
  { header: 'subject', value: (entry) => entry.subject },
  { header: 'token_id', value: (entry) => entry.tokenId },
  { header: 'session', value: (entry) => entry.session },
  { header: 'address', value: (entry) => entry.address },
  { header: 'forwarded_for', value: (entry) => entry.forwardedFor },
  { header: 'call', value: callInWords },
  { header: 'status', value: ({ outcome }) => outcome?.status ?? null },
  { header: 'error_code', value: ({ outcome }) => outcome?.code ?? null },
  { header: 'run', value: ({ outcome }) => (outcome?.run ? `${outcome.run.kind} ${outcome.run.id}` : null) },
  { header: 'hash', value: (entry) => entry.hash },
];

export const drillColumns: readonly CsvColumn<Drill>[] = [
  { header: 'id', value: (drill) => drill.id },
  { header: 'status', value: (drill) => drill.status },
  { header: 'verdict', value: (drill) => drill.verdict },
  { header: 'backup_id', value: (drill) => drill.backupId },
  { header: 'store', value: (drill) => drill.store },
  { header: 'trigger', value: (drill) => drill.trigger },
  { header: 'created_at', value: (drill) => drill.createdAt },
  { header: 'started_at', value: (drill) => drill.startedAt },
  { header: 'finished_at', value: (drill) => drill.finishedAt },
  { header: 'restore_ms', value: (drill) => drill.restoreMs },
  { header: 'raw_bytes', value: (drill) => drill.rawBytes },
  { header: 'cause_code', value: (drill) => drill.cause?.code ?? null },
  { header: 'cause_message', value: (drill) => drill.cause?.message ?? null },
];
