/** The state of the wizard. It is in the address, so that reload, back and a shared link work. */
import type { RestoreBody, RestoreSummary } from '../data/client.ts';
import { adaptRequest, readAnswers, writeAnswers, type Answer } from './answers.ts';
import { readNames, writeNames } from './address-names.ts';
import { isNothing, namesOf, noTables, type ChosenTables } from './chosen-tables.ts';
import { customerRequest, isTyped, readCustomer, writeCustomer, type Customer } from './customer.ts';

export const steps = ['loss', 'backup', 'tables', 'customer', 'target', 'review'] as const;
export type Step = (typeof steps)[number];

/** What was lost. Rows are chosen and looked at on the page of a backup, so for these the wizard ends with its choice. */
export const losses = ['customer', 'rows', 'table', 'everything', 'server', 'look'] as const;
export type Loss = (typeof losses)[number];

const ofTables: readonly Step[] = ['loss', 'backup', 'tables', 'target', 'review'];

export function stepsFor(loss: Loss | null): readonly Step[] {
  switch (loss) {
    case 'rows':
    case 'look':
      return ['loss', 'backup'];
    case 'customer':
      return ['loss', 'backup', 'customer', 'review'];
    case 'server':
      return ['loss', 'backup', 'target', 'review'];
    case 'table':
    case 'everything':
    case null:
      break;
  }
  return ofTables;
}

export interface WizardState {
  step: Step;
  /** Null when a link has led past the question. */
  loss: Loss | null;
  backupId: number | null;
  /** Null for everything. */
  tables: ChosenTables | null;
  /** Whose rows come back, instead of tables; null otherwise. */
  customer: Customer | null;
  /** The name of a new database; null for in place. */
  database: string | null;
  /** In the live database: the schema in which the tables are made beside the live ones; absent for over them. */
  schema?: string | undefined;
  /** Onto another server, whose address is in no address of the page. */
  elsewhere: boolean;
  owners: boolean;
  /** In a new database: roles of the backup, and those that take their place. */
  roles: Readonly<Record<string, string>>;
  /** What was in a tablespace that is missing is made in the default one. */
  defaultTablespace: boolean;
  /** In a new database: extensions in the versions of the backup, not the newest ones. */
  sameVersions: boolean;
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
  /** Tables are brought back with their definitions; `drop-new`: and what came since is dropped. */
  replace: Replacing | null;
}

export type Replacing = 'replace' | 'drop-new';

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
    customer: readCustomer(query),
    database: query.get('into'),
    ...(query.has('schema') ? { schema: query.get('schema') ?? '' } : {}),
    elsewhere: query.get('elsewhere') === 'true',
    owners: query.get('owners') !== 'false',
    roles: readRoles(query),
    defaultTablespace: query.get('missing-tablespace') === 'default',
    sameVersions: query.get('extension-versions') === 'same',
    safetyBackup: query.get('safety') !== 'false',
    leaveEmpty: query.get('refresh-failure') === 'leave-empty',
    allowInvalid: query.get('invalid') === 'not-valid',
    withoutExtensions: query.getAll('without-extension'),
    otherDatabase: query.get('other-database') === 'true',
    adapt: query.get('drift') === 'adapt' ? readAnswers(query) : null,
    replace: readReplacing(query.get('drift')),
  };
}

function readReplacing(drift: string | null): Replacing | null {
  return drift === 'replace' || drift === 'drop-new' ? drift : null;
}

function firstStep(asked: Step | undefined, loss: Loss | null, backupId: number | null): Step {
  if (backupId === null) return loss === null || asked === 'loss' ? 'loss' : 'backup';
  // A link from the page of a backup has chosen it already.
  return asked ?? 'tables';
}

function readRoles(query: URLSearchParams): Record<string, string> {
  const names = query.getAll('role');
  const instead = query.getAll('becomes');
  return Object.fromEntries(names.flatMap((name, at) => (instead[at] ? [[name, instead[at]]] : [])));
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
  if (state.customer !== null) writeCustomer(query, state.customer);
  else writeTables(query, state.tables);
  if (state.database !== null) query.set('into', state.database);
  if (state.schema !== undefined) query.set('schema', state.schema);
  if (state.elsewhere) query.set('elsewhere', 'true');
  if (!state.owners) query.set('owners', 'false');
  for (const [role, other] of Object.entries(state.roles)) {
    query.append('role', role);
    query.append('becomes', other);
  }
  if (state.defaultTablespace) query.set('missing-tablespace', 'default');
  if (state.sameVersions) query.set('extension-versions', 'same');
  if (!state.safetyBackup) query.set('safety', 'false');
  if (state.leaveEmpty) query.set('refresh-failure', 'leave-empty');
  if (state.allowInvalid) query.set('invalid', 'not-valid');
  for (const name of state.withoutExtensions) query.append('without-extension', name);
  if (state.otherDatabase) query.set('other-database', 'true');
  if (state.adapt !== null) {
    query.set('drift', 'adapt');
    writeAnswers(query, state.adapt);
  } else if (state.replace !== null) query.set('drift', state.replace);
  return `?${query.toString()}`;
}

/** What only the page that is open knows. */
interface Known {
  /** All the tables of the backup, when they are known. */
  all: readonly string[] | undefined;
  /** The address of another server; null while it is not complete. */
  targetUrl: string | null;
}

/** What to send. Null while something is missing. */
export function restoreRequest(state: WizardState, { all, targetUrl }: Known): RestoreBody | null {
  const { backupId, database, owners, safetyBackup, withoutExtensions, otherDatabase, elsewhere } = state;
  if (backupId === null) return null;
  if (state.customer !== null) {
    return isTyped(state.customer)
      ? { backupId, ...customerRequest(state.customer), safetyBackup, allowOtherDatabase: otherDatabase }
      : null;
  }
  const tables = state.tables === null ? [] : namesOf(state.tables, all);
  if (tables === null || isNothing(state.tables) || database === '' || state.schema === '') return null;
  if (elsewhere && targetUrl === null) return null;
  return {
    backupId,
    restoreType: state.tables === null ? 'full' : 'partial',
    tables,
    owners,
    onMissingTablespace: state.defaultTablespace ? 'default' : 'fail',
    onRefreshFailure: state.leaveEmpty ? 'leave-empty' : 'fail',
    onInvalid: state.allowInvalid ? 'not-valid' : 'fail',
    withoutExtensions,
    ...(targetUrl !== null && elsewhere
      ? { targetUrl }
      : { target: database === null ? { mode: 'in-place' } : { mode: 'new-database', database } }),
    ...(isBesideLive(state) ? { intoSchema: state.schema } : {}),
    ...(isBesideLive(state)
      ? {}
      : isInPlace(state)
        ? {
            safetyBackup,
            allowOtherDatabase: otherDatabase,
            ...driftRequest(state),
          }
        : // Nothing is overwritten in a new database.
          {
            ...(owners && Object.keys(state.roles).length > 0 ? { ownership: { map: state.roles } } : {}),
            extensionVersions: state.sameVersions ? 'same' : 'newest',
          }),
  };
}

/** In the live database, and not over its tables. */
export function isBesideLive(state: WizardState): state is WizardState & { schema: string } {
  return isInPlace(state) && state.schema !== undefined && state.customer === null;
}

function driftRequest({ adapt, replace }: WizardState): Partial<RestoreBody> {
  if (adapt !== null) return adaptRequest(adapt);
  return replace === null ? {} : { onDrift: 'replace', dropNew: replace === 'drop-new' };
}

export function isInPlace({ database, elsewhere }: Pick<WizardState, 'database' | 'elsewhere'>): boolean {
  return database === null && !elsewhere;
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
  wayBack: RestoreSummary['wayBack'];
  undoneBy: number | null;
}): boolean {
  return restore.status === 'completed' && restore.wayBack !== null && restore.undoneBy === null;
}

/** The wizard with all that a restore was ordered with. Null for one of chosen rows, for which it has no steps. */
export function againAddress(
  restore: Pick<
    RestoreSummary,
    | 'backupId'
    | 'restoreType'
    | 'tables'
    | 'tenant'
    | 'target'
    | 'owners'
    | 'ownership'
    | 'onMissingTablespace'
    | 'extensionVersions'
    | 'safetyBackup'
    | 'onRefreshFailure'
    | 'onInvalid'
    | 'withoutExtensions'
  > &
    Partial<Pick<RestoreSummary, 'content' | 'intoSchema' | 'as'>>,
): string | null {
  const { backupId, restoreType, tables, tenant, target, owners, ownership, safetyBackup } = restore;
  if (restoreType === 'rows' && tenant === null) return null;
  // The wizard asks for neither.
  if ((restore.as ?? null) !== null || (restore.content ?? 'all') !== 'all') return null;
  return `/restore${writeWizard({
    step: 'review',
    loss: tenant === null ? null : 'customer',
    backupId,
    tables: restoreType === 'full' ? null : { only: tables },
    customer: tenant && { ...tenant, id: String(tenant.id) },
    database: target.mode === 'new-database' ? target.database : null,
    ...(restore.intoSchema ? { schema: restore.intoSchema } : {}),
    elsewhere: false,
    owners,
    roles: typeof ownership === 'object' ? ownership.map : {},
    defaultTablespace: restore.onMissingTablespace === 'default',
    sameVersions: restore.extensionVersions === 'same',
    safetyBackup: safetyBackup !== false,
    leaveEmpty: restore.onRefreshFailure === 'leave-empty',
    allowInvalid: restore.onInvalid === 'not-valid',
    withoutExtensions: restore.withoutExtensions,
    // Must be confirmed each time.
    otherDatabase: false,
    adapt: null,
    replace: null,
  })}`;
}
