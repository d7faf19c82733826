import { randomUUID } from 'node:crypto';
import { backup } from '../../src/engine/backup/backup.ts';
import { describePlan } from '../../src/engine/plan/describe-plan.ts';
import { makePlan } from '../../src/engine/plan/make-plan.ts';
import { restore } from '../../src/engine/restore/restore.ts';
import type { BackupRequest, RestoreRequest } from '../../src/engine/requests.ts';
import type { RestorePlan, RestoreReport } from '../../src/contract/restore.ts';
import type { Progress } from '../../src/contract/progress.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import { readManifest } from '../../src/engine/read/manifest.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';

/** The verbs of the engine with everything filled in that a test does not care about. */

const own = { tables: [], schemas: [] };

export interface RunOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export async function takeBackup(
  source: ConnectionTarget,
  store: Store,
  request: Partial<BackupRequest> = {},
  options: RunOptions = {},
): Promise<Manifest> {
  const { manifest } = await backup(
    source,
    store,
    {
      uuid: randomUUID(),
      type: request.tables?.length ? 'partial' : 'full',
      tables: [],
      jobs: 2,
      compressionLevel: 1,
      lockTimeoutMs: 5_000,
      own,
      ...request,
    },
    { signal: options.signal ?? new AbortController().signal, report: options.onProgress ?? (() => {}) },
  );
  // What a restore reads is what the store gives back, not what is in memory.
  if (store.keys.sealed && !store.keys.open) return manifest;
  return readManifest(store, await store.getManifest(manifest.uuid), manifest.uuid);
}

/** A restore of everything, in place, unless it says otherwise. */
export function restoreRequest(changes: Partial<RestoreRequest> = {}): RestoreRequest {
  return {
    restoreType: changes.tables?.length ? 'partial' : 'full',
    tables: [],
    target: { mode: 'in-place' },
    onDrift: 'fail',
    owners: true,
    onRefreshFailure: 'fail',
    onInvalid: 'fail',
    withoutExtensions: [],
    // A test restores into the database that it has.
    allowOtherDatabase: true,
    jobs: 2,
    lockTimeoutMs: 5_000,
    own,
    ...changes,
  };
}

/** What a restore would do, in the words of the API. */
export async function planRestore(
  live: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
): Promise<RestorePlan> {
  return describePlan(await makePlan({ live, manifest, request }));
}

export async function runRestore(
  live: ConnectionTarget,
  store: Store,
  manifest: Manifest,
  request: Partial<RestoreRequest> & Pick<RestoreRequest, 'target'>,
  options: RunOptions = {},
): Promise<RestoreReport> {
  const signal = options.signal ?? new AbortController().signal;
  const plan = await makePlan({ live, manifest, request: restoreRequest(request), signal });
  return restore(plan, {
    live,
    store,
    control: { signal, report: options.onProgress ?? (() => {}) },
  });
}
