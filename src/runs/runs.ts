/*
 * runs/ owns runs: queue, workers, lanes and locks, heartbeats, schedules, events, health. It never speaks HTTP or
 * reads and writes row data itself.
 */
import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import type { LiveRun } from '../catalog/queue.ts';
import type { RunRecord } from '../catalog/runs.ts';
import { laneOf } from '../catalog/run-tables.ts';
import type { FindingRecord } from '../catalog/findings.ts';
import type { ListedChannel } from '../catalog/channels.ts';
import type { BackupTable } from '../catalog/table-figures.ts';
import { wakeOthers } from '../catalog/wakeups.ts';
import type { ChannelTest } from '../contract/channel.ts';
import type { Brake } from '../contract/finding.ts';
import type { DownloadFormat } from '../contract/backup.ts';
import type { RestorePlan } from '../contract/restore.ts';
import type { PlacedDecisions } from '../retention/places.ts';
import { isAnyPresent } from '../catalog/presence.ts';
import { liveSchema } from '../engine/plan/live-schema.ts';
import type { FoundRows, RowsWanted } from '../engine/look/find-rows.ts';
import type { Manifest } from '../format/manifest.ts';
import type { RowDiff } from '../engine/diff/diff.ts';
import type { ScratchAnswer } from '../engine/query/ask.ts';
import { runKey, type ActiveRun, type RunKind } from './active-run.ts';
import { keptTables } from './backup-tables.ts';
import { brakeOf } from './brake.ts';
import { globalsOf } from './globals.ts';
import { requireChosen, requireSealedBySchedule } from './kinds/backup.ts';
import { previewCleanup } from './kinds/cleanup.ts';
import { kinds } from './kinds/kinds.ts';
import type { Kind } from './kind.ts';
import type { SchedulerState } from '../contract/health.ts';
import type { RowHistory, WantedHistory } from '../engine/diff/row-versions.ts';
import type { GivenContext, RunContext } from './context.ts';
import { examineBackups, markDamagedOnError } from './damage.ts';
import {
  briefHealth,
  currentHealth,
  databaseFacts,
  type BriefHealth,
  type CurrentHealth,
} from './current-health.ts';
import { createEventFeed, type EventFeed } from './event-feed.ts';
import { lookedRight, type Decision } from './decisions.ts';
import { deleteBackup } from './deletion.ts';
import { downloadBackup, type BackupDownload } from './download.ts';
import { diffInside, type WantedDiff } from './diff.ts';
import { withIdentity } from './given-identity.ts';
import { orderWithKey, endRunsWithKeys, workerRequired } from './keyed-runs.ts';
import { rowsInside } from './look-inside.ts';
import { openLocks, type LockConnection } from './locks.ts';
import { queryInside, type AskedQuery } from './query.ts';
import { createNotifying, testChannel } from './notifying.ts';
import { createReadLocks } from './read-locks.ts';
import { rowHistory } from './row-history.ts';
import { completedBackup, readManifest } from './open-backup.ts';
import { reap, runningNow } from './reaper.ts';
import { planOnly, type RestoreOrder } from './kinds/restore.ts';
import { createRunKeys } from './run-keys.ts';
import { decideBySchedule, type PolicyChange } from './schedule-retention.ts';
import { interruptedByStop, refuseFullQueue, throwIfStopping } from './launch.ts';
import type { SelfTestOptions } from '../engine/stores/self-test.ts';
import type { StoreSelfTest } from '../contract/store-test.ts';
import { forgetStore } from './store-forget.ts';
import type { ForgottenStoreAnswer, SetAsideAnswer } from '../contract/store.ts';
import { setAside } from './refused-documents.ts';
import { testStore } from './store-tests.ts';
import { verifyAudit } from './verify-audit.ts';
import type { AuditProof } from '../contract/audit.ts';
import type { Stores } from './stores.ts';
import type { Deletion } from './sweep.ts';
import { keepPlan, plannedOrder } from './planned-restores.ts';
import { noteOrder } from './traced-run.ts';
import { undoOrder } from './undo.ts';
import { createWakeups } from './wakeups.ts';
import { createWarmScratches } from './warm-scratches.ts';
import { createWorker } from './worker.ts';

/** Everything that runs, reads or deletes backups. */
export interface Runs {
  /**
   * Puts a run into the queue, and begins it at once where that is possible.
   * @param identity the text of an age identity, which stays in the memory of this process until the run has ended
   * @param target the address of a server, in the same way
   * @throws QUEUE_FULL; WORKER_REQUIRED for one with a key in a process that performs nothing; KEY_INVALID; what the kind's `order` throws
   */
  order<Row extends RunRecord, Order>(
    kind: Kind<Row, Order>,
    order: Order,
    identity?: string,
    target?: string,
  ): Promise<Row>;
  /** These two: see kinds/backup.ts. */
  requireChosen(tables: readonly string[]): Promise<void>;
  requireSealed(schedule: Parameters<typeof requireSealedBySchedule>[1]): Promise<void>;
  planRestore(
    order: RestoreOrder,
    options?: { statements?: boolean; signal?: AbortSignal | undefined },
    identity?: string,
  ): Promise<RestorePlan>;
  /** See planned-restores.ts. */
  keepPlan(order: RestoreOrder, plan: RestorePlan): Promise<string | null>;
  plannedOrder(planId: string): Promise<RestoreOrder>;
  /** See undo.ts. */
  undoOrder(id: number, asked: Parameters<typeof undoOrder>[2]): Promise<RestoreOrder>;
  /** See deletion.ts. */
  deleteBackup(id: number, options: { despiteFinding: boolean }): Promise<Deletion>;
  /** See brake.ts. */
  brake(): Promise<Brake | null>;
  /** See decisions.ts. */
  lookedRight(id: number, decision: Decision): Promise<FindingRecord>;
  /** See backup-tables.ts. */
  tablesOf(record: BackupRecord, manifest: Manifest): Promise<readonly BackupTable[]>;
  /** What the schedules' policies would keep and delete now, with another policy for one of them. */
  previewRetention(change?: PolicyChange): Promise<PlacedDecisions>;
  /** What a cleanup would delete now. */
  previewCleanup(): Promise<{ id: number; reasons: string[] }[]>;
  downloadBackup(id: number, format: DownloadFormat, identity?: string): Promise<BackupDownload>;
  /** @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE */
  completedBackup(id: number): Promise<BackupRecord>;
  readManifest(record: BackupRecord, identity?: string): Promise<Manifest>;
  /** See globals.ts. */
  globals: ReturnType<typeof globalsOf>;
  /** See look-inside.ts. */
  rowsInside(id: number, wanted: RowsWanted, identity?: string): Promise<FoundRows>;
  /** See query.ts. */
  queryInside(id: number, asked: AskedQuery, identity?: string): Promise<ScratchAnswer>;
  /** See diff.ts. */
  diffInside(id: number, wanted: WantedDiff, identity?: string): Promise<RowDiff>;
  /** See row-history.ts. */
  rowHistory(
    wanted: WantedHistory & { signal?: AbortSignal | undefined },
    identity?: string,
  ): Promise<RowHistory<{ id: number }>>;
  /** Asks a run to stop: at once when it is in this process, with its next heartbeat when it is in another. */
  cancel(kind: RunKind, id: number): Promise<void>;
  /** Marks runs of dead processes as interrupted. Cheap; called before anything is shown. */
  reap(): Promise<void>;
  /** Looks of every completed backup whether its chunks are there. @returns the ids of those that are damaged */
  examineBackups(): Promise<number[]>;
  /** See verify-audit.ts. */
  verifyAudit(): Promise<AuditProof>;
  /** See store-forget.ts. */
  forgetStore(name: string, options: { deleteRows: boolean }): Promise<ForgottenStoreAnswer>;
  /** See refused-documents.ts. */
  setAside(name: string, uuid: string): Promise<SetAsideAnswer>;
  /** See store-tests.ts. */
  testStore(name: string, options?: SelfTestOptions): Promise<StoreSelfTest>;
  readonly stores: Stores;
  /** See current-health.ts. */
  health(): Promise<CurrentHealth>;
  briefHealth(): Promise<BriefHealth>;
  /** See `databaseFacts` there. */
  database(): Promise<{ name: string; serverVersion: string }>;
  /** Sends a message to a channel now; see notifying.ts. */
  testChannel(channel: ListedChannel): Promise<ChannelTest>;
  /** What is running, as far as the rows tell. */
  running(): Promise<LiveRun[]>;
  /** Looks whether a run of this kind that waits can begin. @throws when the database does not let it */
  wake(kind: RunKind): Promise<void>;
  /** Performs, from now on, also what other processes order. */
  listen(): void;
  /** Tells this process and the others that a schedule, or the tables themselves, have changed. Never throws. */
  announceChange(): Promise<void>;
  /** Whether any process starts what is due; unknown where none may hold a connection (`idlePollSeconds: 0`). */
  scheduler(): Promise<SchedulerState>;
  /** A run of this process. */
  active(kind: RunKind, id: number): ActiveRun | undefined;
  readonly events: EventFeed;
  /** Aborted when the system stops. */
  readonly stopping: AbortSignal;
  /** Interrupts every run of this process and waits until that is recorded; breaks off downloads. */
  stop(): Promise<void>;
}

export function createRuns(settings: GivenContext): Runs {
  const stopping = new AbortController();
  const locks = (): Promise<LockConnection> => openLocks(settings.databases.locks, settings.catalog.schema);
  const context: RunContext = {
    ...settings,
    active: new Map(),
    ordered: new Set(),
    keys: createRunKeys({ open: locks, needed: (tickets) => settings.catalog.queue.withKeys(tickets) }),
    readLocks: createReadLocks(locks),
    liveSchema: liveSchema(),
    scratches: createWarmScratches(stopping.signal),
    downloads: 0,
    listening: false,
    stopping: stopping.signal,
  };
  const { catalog, active } = context;
  const wakeups = createWakeups(context);
  const worker = createWorker(context, wakeups);
  const notifying = createNotifying(context, wakeups);
  async function announceChange(): Promise<void> {
    wakeups.wake();
    // Those who do not hear it look by themselves after a while.
    await wakeOthers(catalog.pool, catalog.schema).catch(() => {});
  }
  async function scheduler(): Promise<SchedulerState> {
    if (context.listening || (await isAnyPresent(catalog.pool, catalog.schema))) return 'running';
    return context.settings.idlePollMs === null ? 'unknown' : 'none';
  }
  return {
    async order(kind, order, identity, target) {
      throwIfStopping(context);
      const given = identity !== undefined || target !== undefined;
      if (given && !context.works) throw workerRequired(kind.name);
      const secrets = given || (kind.here && context.works) ? { identity, target } : undefined;
      await refuseFullQueue(context);
      const record =
        secrets === undefined
          ? await kind.order(context, order)
          : await orderWithKey(context, secrets, (opened, ticket) => kind.order(opened, order, ticket));
      if (context.works) noteOrder(context, kind.name, record.id);
      await announceChange();
      if (!context.works) return record;
      const rows = kind.rows(catalog);
      context.ordered.add(runKey(kind.name, record.id));
      // The caller learns at once what can be known at once.
      try {
        await worker.wake(laneOf(kind.name));
      } catch (error) {
        if (await rows.withdraw(record.id)) {
          await context.keys.review();
          throw error;
        }
      }
      return (await rows.get(record.id)) ?? record;
    },
    requireChosen: (tables) => requireChosen(context, tables),
    requireSealed: (schedule) => requireSealedBySchedule(context, schedule),
    listen() {
      worker.listen();
      notifying.listen();
    },
    announceChange,
    async wake(kind) {
      if (context.works) await worker.wake(laneOf(kind));
    },
    planRestore: (order, options, identity) =>
      withIdentity(context, identity, (opened) => planOnly(opened, order, options)),
    keepPlan: (order, plan) => keepPlan(context, order, plan),
    plannedOrder: (planId) => plannedOrder<RestoreOrder>(context, planId),
    undoOrder: (id, asked) => undoOrder(context, id, asked),
    deleteBackup: (id, options) => deleteBackup(context, id, options),
    brake: () => brakeOf(context),
    lookedRight: (id, decision) => lookedRight(context, id, decision),
    tablesOf: (record, manifest) => keptTables(context, record, manifest),
    previewRetention: (change) => decideBySchedule(context, { change }),
    previewCleanup: () => previewCleanup(context),
    downloadBackup: (id, format, identity) => downloadBackup(context, id, format, identity),
    completedBackup: (id) => completedBackup(context, id),
    readManifest: (record, identity) =>
      withIdentity(context, identity, (opened) =>
        markDamagedOnError(opened, record.id, () => readManifest(opened, record)),
      ),
    globals: globalsOf(context),
    rowsInside: (id, wanted, identity) => rowsInside(context, id, wanted, identity),
    queryInside: (id, asked, identity) => queryInside(context, id, asked, identity),
    diffInside: (id, wanted, identity) => diffInside(context, id, wanted, identity),
    rowHistory: (wanted, identity) => rowHistory(context, wanted, identity),
    async cancel(kind, id) {
      const reason = new HoldfastError('CANCELLED', `The ${kind} was cancelled.`);
      // At once, whether or not the database lets that be written.
      active.get(runKey(kind, id))?.abort(reason);
      await kinds[kind].rows(catalog).requestCancel(id, reason.toJSON());
      await context.keys.review();
    },
    reap: () => reap(context),
    examineBackups: () => examineBackups(context),
    verifyAudit: () => verifyAudit(context),
    forgetStore: (name, options) => forgetStore(context, name, options),
    setAside: (name, uuid) => setAside(context, name, uuid),
    testStore: (name, options) => testStore(context, name, options),
    stores: context.stores,
    health: async () => currentHealth(context, await scheduler()),
    briefHealth: () => briefHealth(context),
    database: () => databaseFacts(context),
    testChannel: (channel) => testChannel(context, channel),
    running: () => runningNow(context),
    scheduler,
    active: (kind, id) => active.get(runKey(kind, id)),
    events: createEventFeed(context, wakeups),
    stopping: stopping.signal,
    async stop() {
      stopping.abort(interruptedByStop());
      for (const run of active.values()) run.abort(interruptedByStop());
      await Promise.all([worker.stop(), notifying.stop()]);
      await context.scratches.stop();
      await endRunsWithKeys(context);
      await wakeups.stop();
      context.liveSchema.forget();
    },
  };
}
