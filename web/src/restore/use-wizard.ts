import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { ApiError, client } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { plannedOrder } from '../data/planned-order.ts';
import { useStatus } from '../data/queries.ts';
import { counted } from '../format/numbers.ts';
import { chosenTables, isNothing, namesOf, noTables } from './chosen-tables.ts';
import { isTyped, noCustomer } from './customer.ts';
import { lossTitles } from './loss-step.tsx';
import { addressOf, hostOf, noServer, type ServerAddress } from '../parts/other-server.ts';
import { useCompletedBackups } from './queries.ts';
import { choosableTables, mostLikely } from './table-choice.ts';
import {
  readWizard,
  restoreRequest,
  steps,
  stepsFor,
  suggestedDatabase,
  writeWizard,
  type Loss,
  type Step,
  type WizardState,
} from './wizard-state.ts';

export type Wizard = ReturnType<typeof useWizard>;

/** A plan describes the database at one moment, so it is made again each time it is shown. */
const planIsFresh = { staleTime: 0, gcTime: 0, retry: false } as const;

/** The data and actions of all steps. The state is in the address. */
export function useWizard() {
  const [, navigate] = useLocation();
  const search = useSearch();
  const state = readWizard(search);
  const status = useStatus();
  const list = useCompletedBackups();
  const newest = mostLikely(list.backups)?.id ?? null;
  const backupId = state.backupId ?? newest;
  // In memory while the wizard is open, and in no key of an answer.
  const [{ identity, tries }, setKey] = useState<{ identity?: string; tries: number }>({ tries: 0 });
  // So is the address of another server, which may have its password.
  const [{ server, versions }, setServer] = useState({ server: noServer, versions: 0 });
  const targetUrl = addressOf(server);
  const opened = identity === undefined ? [] : ['opened', tries];
  const cached = identity === undefined ? {} : { gcTime: 0 };

  const detail = useQuery({
    queryKey: [...keys.backup(backupId ?? 0), ...opened],
    queryFn: ({ signal }) => client.getBackup(backupId ?? 0, { signal, identity }),
    enabled: backupId !== null && after('backup', state.step),
    ...cached,
  });
  // A plan of everything says what is missing or empty now; no step waits for it.
  const whole = useQuery({
    queryKey: ['plan', 'everything', backupId, ...opened],
    queryFn: ({ signal }) =>
      client.planRestore({ backupId: backupId ?? 0, restoreType: 'full', identity }, { signal }),
    enabled: backupId !== null && state.step === 'tables' && detail.data?.contents != null,
    ...planIsFresh,
  });
  const keyRequired = detail.data?.contentsError?.code === 'KEY_REQUIRED' || isKeyProblem(detail.error);
  const all = detail.data?.contents?.tables.map(({ table }) => table);
  const request = restoreRequest({ ...state, backupId }, { all, targetUrl });
  const plan = useQuery({
    queryKey: ['plan', { ...request, targetUrl: undefined }, versions, ...opened],
    queryFn: ({ signal }) => client.planRestore({ ...(request ?? { backupId: 0 }), identity }, { signal }),
    enabled: state.step === 'review' && request !== null && !keyRequired,
    ...planIsFresh,
  });
  const cache = useQueryClient();
  const starting = useMutation({
    mutationFn: () => client.restore(plannedOrder(plan.data, { ...(request ?? { backupId: 0 }), identity })),
    onError: async (error) => {
      if (isOutdated(error)) await plan.refetch();
    },
    onSuccess: async (restore) => {
      await cache.invalidateQueries({ queryKey: keys.restoreLists });
      navigate(`/restore/${restore.id}`);
    },
  });

  const change = (changes: Partial<WizardState>, how: { replace?: boolean } = { replace: true }): void => {
    starting.reset();
    navigate(`/restore${writeWizard({ ...state, ...changes })}`, how);
  };
  const live = status.data?.initialized === true ? status.data.database.name : 'the database';
  const waiting = waitingOf(state.step, { list, detail, plan, status });
  // A typed or saved address may lead to a step that needs an earlier choice.
  useEffect(() => {
    if (state.step !== 'review') return;
    if (state.customer !== null) {
      if (!isTyped(state.customer)) change({ step: 'customer' });
    } else if (isNothing(state.tables)) change({ step: 'tables' });
    else if (missingTarget(state, targetUrl) !== null) change({ step: 'target' });
  });

  return {
    state,
    change,
    live,
    backupId,
    backups: list.backups,
    likely: newest,
    showOlder: list.showOlder,
    loadingOlder: list.loadingOlder,
    chooseLoss: (loss: Loss) => change({ ...startOf(loss, state), loss, step: 'backup' }, {}),
    chooseBackup: (id: number) => change({ backupId: id, step: 'backup' }),
    /** Null for everything. */
    chosenNames: state.tables && new Set(namesOf(state.tables, all)),
    choose: (names: ReadonlySet<string> | null) =>
      change({ tables: names && chosenTables(names, all ?? []) }),
    tables: detail.data?.contents ? choosableTables(detail.data.contents, whole.data) : [],
    suggestion: suggestedDatabase(live, backupId ?? 0),
    tenants: status.data?.initialized === true ? status.data.tenants : null,
    server,
    changeServer: (next: ServerAddress) => setServer({ server: next, versions: versions + 1 }),
    /** Why the recovery key is needed before the step can be shown; null when it is not. */
    keyNeeded: keyRequired ? (detail.data?.contentsError?.message ?? detail.error?.message ?? '') : null,
    keyRefused: identity !== undefined && keyRequired,
    giveKey: (key: string) => setKey({ identity: key, tries: tries + 1 }),
    plan: plan.data,
    ready: waiting.ready,
    waitingFor: waiting.label,
    error: waiting.error,
    retry: waiting.retry,
    missing: missingFrom(state, targetUrl),
    start: () => starting.mutate(),
    starting: starting.isPending,
    startError: starting.error,
    go: (step: Step) => change({ step, backupId }, {}),
    steps: stepsFor(state.loss),
    next: nextStep(state, status.data?.initialized === true && status.data.tenants !== null),
    reachable: (step: Step) => isReachable(step, { ...state, backupId }, targetUrl),
    chosen: {
      ...(state.loss === null ? {} : { loss: lossTitles[state.loss] }),
      ...(backupId !== null && after('backup', state.step) ? { backup: `Backup ${backupId}` } : {}),
      ...(after('tables', state.step) ? { tables: whatWords(state, all) } : {}),
      ...(after('customer', state.step) && state.customer ? { customer: state.customer.id } : {}),
      ...(state.step === 'review'
        ? { target: state.elsewhere ? hostOf(server) : (state.database ?? live) }
        : {}),
    },
  };
}

/** Whether something has changed since the plan that was shown. */
function isOutdated(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'PLAN_OUTDATED';
}

function isKeyProblem(error: Error | null): boolean {
  return error instanceof ApiError && ['KEY_REQUIRED', 'KEY_INVALID'].includes(error.code);
}

function whatWords({ tables }: WizardState, all: readonly string[] | undefined): string {
  if (tables === null) return 'Everything';
  const names = namesOf(tables, all);
  if (names === null) return '';
  return names.length === 1 ? (names[0] ?? '') : counted(names.length, 'table');
}

/** What a new answer to the question begins with. */
function startOf(loss: Loss, { tables, customer, database }: WizardState): Partial<WizardState> {
  return {
    tables: loss === 'everything' || loss === 'server' ? null : (tables ?? noTables),
    customer: loss === 'customer' ? (customer ?? noCustomer) : null,
    elsewhere: loss === 'server',
    database: loss === 'server' ? null : database,
  };
}

function missingFrom(state: WizardState, targetUrl: string | null): string | null {
  switch (state.step) {
    case 'tables':
      return isNothing(state.tables) ? 'Choose at least one table' : null;
    case 'customer':
      return isTyped(state.customer) ? null : 'Enter whose rows you want back';
    case 'target':
      return missingTarget(state, targetUrl);
    case 'loss':
    case 'backup':
    case 'review':
      break;
  }
  return null;
}

function missingTarget(
  { database, elsewhere, schema }: WizardState,
  targetUrl: string | null,
): string | null {
  if (elsewhere && targetUrl === null) {
    return 'Enter the address with its role, host and database: postgres://role@host:5432/name';
  }
  if (database === null && schema === '') return 'Enter a name for the schema';
  return database === '' ? 'Enter a name for the new database' : null;
}

/** Back is always possible; forward as far as the choices are complete. */
function isReachable(step: Step, state: WizardState, targetUrl: string | null): boolean {
  const position = steps.indexOf(step);
  if (position <= steps.indexOf(state.step)) return true;
  if (state.backupId === null) return false;
  if (step === 'backup' || step === 'tables' || step === 'customer') return true;
  if (state.customer !== null) return isTyped(state.customer);
  return !isNothing(state.tables) && (step === 'target' || missingTarget(state, targetUrl) === null);
}

/**
 * Null after the last. Of everything nothing has to be chosen.
 * @param knowsCustomers whether the settings say which rows are those of a customer
 */
function nextStep({ step, loss, tables }: WizardState, knowsCustomers: boolean): Step | null {
  if (step === 'backup' && loss === 'everything' && tables === null) return 'target';
  if (step === 'customer' && !knowsCustomers) return null;
  const all = stepsFor(loss);
  return all[all.indexOf(step) + 1] ?? null;
}

function after(one: Step, step: Step): boolean {
  return steps.indexOf(step) > steps.indexOf(one);
}

interface Answer {
  isPending: boolean;
  error: Error | null;
  refetch: () => unknown;
}

interface Waiting {
  ready: boolean;
  /** What for, to be read out. */
  label: string;
  error: Error | null;
  retry: () => void;
}

/** What a step cannot be shown without. */
function waitingOf(
  step: Step,
  answers: { list: ReturnType<typeof useCompletedBackups>; detail: Answer; plan: Answer; status: Answer },
): Waiting {
  const { list, detail, plan, status } = answers;
  const of = (label: string, needed: Answer[]): Waiting => {
    const broken = needed.find((answer) => answer.error !== null);
    return {
      ready: needed.every((answer) => !answer.isPending && answer.error === null),
      label,
      error: broken?.error ?? null,
      retry: () => needed.forEach((answer) => void answer.refetch()),
    };
  };
  switch (step) {
    case 'loss':
      return of('', []);
    case 'backup':
      return { ready: list.loaded, label: 'Reading the backups', error: list.error, retry: list.retry };
    case 'tables':
      return of('Reading what is in the backup', [detail]);
    case 'target':
    case 'customer':
      return of('Reading the status', [status]);
    case 'review':
      break;
  }
  return of('Comparing the backup with the database, to say what will happen', [status, detail, plan]);
}
