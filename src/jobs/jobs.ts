import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { RestoreRecord } from '../catalog/restores.ts';
import type { DownloadFormat } from '../engine/download.ts';
import type { RestorePlan } from '../engine/requests.ts';
import type { Manifest } from '../format/manifest.ts';
import { runKey, type ActiveRun, type RunKind } from './active-run.ts';
import { startBackup, type BackupOrder } from './backup-job.ts';
import type { JobContext } from './context.ts';
import { deleteBackup, type Deletion } from './deletion.ts';
import { downloadBackup, type BackupDownload } from './download.ts';
import { readManifest } from './reading.ts';
import { reap, runningNow } from './reaper.ts';
import { planOnly, startRestore, type RestoreOrder } from './restore-job.ts';
import { interruptedByStop } from './start.ts';

/** Everything that runs, reads or deletes backups. */
export interface Jobs {
  startBackup(order: BackupOrder): Promise<{ record: BackupRecord; run: ActiveRun }>;
  startRestore(order: RestoreOrder): Promise<{ record: RestoreRecord; run: ActiveRun }>;
  planRestore(order: RestoreOrder): Promise<RestorePlan>;
  deleteBackup(id: number): Promise<Deletion>;
  downloadBackup(id: number, format: DownloadFormat): Promise<BackupDownload>;
  readManifest(record: BackupRecord): Promise<Manifest>;
  /** Asks a run to stop: at once when it is in this process, with its next heartbeat when it is in another. */
  cancel(kind: RunKind, id: number): Promise<void>;
  /** Marks runs of dead processes as interrupted. Cheap; called before anything is shown. */
  reap(): Promise<void>;
  /** What holds the writer lock, as far as the rows tell. */
  running(): Promise<{ kind: RunKind; id: number; startedAt: Date } | undefined>;
  /** A run of this process. */
  active(kind: RunKind, id: number): ActiveRun | undefined;
  /** Interrupts every run of this process and waits until that is recorded; breaks off downloads. */
  stop(): Promise<void>;
}

export function createJobs(settings: Omit<JobContext, 'active' | 'stopping'>): Jobs {
  const stopping = new AbortController();
  const context: JobContext = { ...settings, active: new Map(), stopping: stopping.signal };
  const { catalog, active } = context;
  const starting = new Set<Promise<unknown>>();
  const track = async <T>(start: Promise<T>): Promise<T> => {
    starting.add(start);
    try {
      return await start;
    } finally {
      starting.delete(start);
    }
  };
  return {
    startBackup: (order) => track(startBackup(context, order)),
    startRestore: (order) => track(startRestore(context, order)),
    planRestore: (order) => planOnly(context, order),
    deleteBackup: (id) => deleteBackup(context, id),
    downloadBackup: (id, format) => downloadBackup(context, id, format),
    readManifest: (record) => readManifest(context, record),
    async cancel(kind, id) {
      await (kind === 'backup' ? catalog.backups : catalog.restores).requestCancel(id);
      active.get(runKey(kind, id))?.abort(new HoldfastError('CANCELLED', `The ${kind} was cancelled.`));
    },
    reap: () => reap(context),
    running: () => runningNow(context),
    active: (kind, id) => active.get(runKey(kind, id)),
    async stop() {
      stopping.abort(interruptedByStop());
      await Promise.allSettled(starting);
      for (const run of active.values()) run.abort(interruptedByStop());
      await Promise.all([...active.values()].map((run) => run.done));
    },
  };
}
