/** The state of the wizard. It is in the address, so that reload, back and a shared link work. */
import type { RestoreBody } from '../data/client.ts';
import { adaptRequest, readAnswers, writeAnswers, type Answer } from './answers.ts';
import { readNames, writeNames } from './address-names.ts';
import { isNothing, namesOf, noTables, type ChosenTables } from './chosen-tables.ts';

export const steps = ['loss', 'backup', 'tables', 'target', 'review'] as const;
export type Step = (typeof steps)[number];

/** What was lost. Rows are chosen and looked at on the page of a backup, so for these the wizard ends with its choice. */
export const losses = ['table', 'rows', 'everything', 'look'] as const;
export type Loss = (typeof losses)[number];

export function stepsFor(loss: Loss | null): readonly Step[] {
  return loss === 'rows' || loss === 'look' ? steps.slice(0, 2) : steps;
}

export interface WizardState {
  step: Step;
  /** Null when a link has led past the question. */
  loss: Loss | null;
  backupId: number | null;
  /** Null for everything. */
  tables: ChosenTables | null;
  /** The name of a new database; null for in place. */
  database: string | null;
  owners: boolean;
  safetyBackup: boolean;
  /** Materialized views whose refresh fails stay empty. */
  leaveEmpty: boolean;
  /** Constraints that rows violate stay NOT VALID. */
  allowInvalid: boolean;
  withoutExtensions: string[];
  /** In place, although the backup is from another database; confirmed by the user. */
  otherDatabase: boolean;
  /** What was said about tables of another form, so that rows are adapted; null: such tables are refused. */
  adapt: readonly Answer[] | null;
}

export function readWizard(search: string): WizardState {
  const query = new URLSearchParams(search);
  const backup = query.get('backup') ?? '';
  const backupId = /^[1-9][0-9]{0,15}$/.test(backup) ? Number(backup) : null;
  const asked = steps.find((each) => each === query.get('step'));
  const loss = losses.find((each) => each === query.get('lost')) ?? null;
  return {
    step: firstStep(asked, loss, backupId),
    loss,
    backupId,
    // Chosen tables by default, because that changes least.
    tables: query.get('what') === 'everything' ? null : readTables(query),
    database: query.get('database'),
    owners: query.get('owners') !== 'false',
    safetyBackup: query.get('safety') !== 'false',
    leaveEmpty: query.get('refresh-failure') === 'leave-empty',
    allowInvalid: query.get('invalid') === 'not-valid',
    withoutExtensions: query.getAll('without-extension'),
    otherDatabase: query.get('other-database') === 'true',
    adapt: query.get('drift') === 'adapt' ? readAnswers(query) : null,
  };
}

function firstStep(asked: Step | undefined, loss: Loss | null, backupId: number | null): Step {
  if (backupId === null) return loss === null || asked === 'loss' ? 'loss' : 'backup';
  // A link from the page of a backup has chosen it already.
  return asked ?? 'tables';
}

function readTables(query: URLSearchParams): ChosenTables {
  const allBut = readNames(query, 'except');
  // A list that is not here must not become 'all but nothing'.
  if (allBut !== null && allBut.length > 0) return { allBut };
  if (query.get('what') === 'all-tables') return { allBut: [] };
  const only = readNames(query, 'table');
  return only === null ? noTables : { only };
}

function writeTables(query: URLSearchParams, tables: ChosenTables | null): void {
  if (tables === null) query.set('what', 'everything');
  else if ('only' in tables) writeNames(query, 'table', tables.only);
  else if (tables.allBut.length === 0) query.set('what', 'all-tables');
  else writeNames(query, 'except', tables.allBut);
}

export function writeWizard(state: WizardState): string {
  const query = new URLSearchParams();
  if (state.backupId !== null) query.set('backup', String(state.backupId));
  query.set('step', state.step);
  if (state.loss !== null) query.set('lost', state.loss);
  writeTables(query, state.tables);
  if (state.database !== null) query.set('database', state.database);
  if (!state.owners) query.set('owners', 'false');
  if (!state.safetyBackup) query.set('safety', 'false');
  if (state.leaveEmpty) query.set('refresh-failure', 'leave-empty');
  if (state.allowInvalid) query.set('invalid', 'not-valid');
  for (const name of state.withoutExtensions) query.append('without-extension', name);
  if (state.otherDatabase) query.set('other-database', 'true');
  if (state.adapt !== null) {
    query.set('drift', 'adapt');
    writeAnswers(query, state.adapt);
  }
  return `?${query.toString()}`;
}

/** What to send. Null while something is missing. @param all the tables of the backup, when they are known */
export function restoreRequest(state: WizardState, all: readonly string[] | undefined): RestoreBody | null {
  const { backupId, database, owners, safetyBackup, withoutExtensions, otherDatabase } = state;
  const tables = state.tables === null ? [] : namesOf(state.tables, all);
  if (backupId === null || tables === null || isNothing(state.tables) || database === '') return null;
  return {
    backupId,
    restoreType: state.tables === null ? 'full' : 'partial',
    tables,
    target: database === null ? { mode: 'in-place' } : { mode: 'new-database', database },
    owners,
    onRefreshFailure: state.leaveEmpty ? 'leave-empty' : 'fail',
    onInvalid: state.allowInvalid ? 'not-valid' : 'fail',
    withoutExtensions,
    // Nothing is overwritten in a new database.
    ...(database === null
      ? {
          safetyBackup,
          allowOtherDatabase: otherDatabase,
          ...(state.adapt === null ? {} : adaptRequest(state.adapt)),
        }
      : {}),
  };
}

/** A name for the new database that says what it is and that PostgreSQL takes. */
export function suggestedDatabase(source: string, backupId: number): string {
  const suffix = `_backup_${backupId}`;
  const stem = source.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '_');
  return `${stem.slice(0, 63 - suffix.length)}${suffix}`;
}

/** Whether a restore in place can be undone, as far as its row says. */
export function canUndo(restore: {
  status: string;
  safetyBackupId: number | null;
  undoneBy: number | null;
}): boolean {
  return restore.status === 'completed' && restore.safetyBackupId !== null && restore.undoneBy === null;
}

/** The wizard with all that a restore was ordered with. Null for one of rows, for which it has no steps: it would take whole tables. */
export function againAddress(restore: {
  backupId: number;
  restoreType: 'full' | 'partial' | 'rows';
  tables: string[];
  target: { mode: 'in-place' } | { mode: 'new-database'; database: string };
  owners: boolean;
  safetyBackup: boolean;
  onRefreshFailure: 'fail' | 'leave-empty';
  onInvalid: 'fail' | 'not-valid';
  withoutExtensions: string[];
}): string | null {
  if (restore.restoreType === 'rows') return null;
  const { backupId, restoreType, tables, target, owners, safetyBackup, withoutExtensions } = restore;
  return `/restore${writeWizard({
    step: 'review',
    loss: null,
    backupId,
    tables: restoreType === 'full' ? null : { only: tables },
    database: target.mode === 'new-database' ? target.database : null,
    owners,
    safetyBackup,
    leaveEmpty: restore.onRefreshFailure === 'leave-empty',
    allowInvalid: restore.onInvalid === 'not-valid',
    withoutExtensions,
    // Must be confirmed each time.
    otherDatabase: false,
    adapt: null,
  })}`;
}
