import { randomUUID } from 'node:crypto';
import { backup } from '../../src/engine/backup/backup.ts';
import { restore } from '../../src/engine/restore/restore.ts';
import type { BackupRequest, RestoreRequest } from '../../src/engine/requests.ts';
import type { RestoreReport } from '../../src/contract/restore.ts';
import type { Progress } from '../../src/contract/progress.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import { parseManifest } from '../../src/format/manifest.ts';
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
  const manifest = await backup(
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
  return parseManifest(await store.getManifest(manifest.uuid));
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
    jobs: 2,
    lockTimeoutMs: 5_000,
    own,
    ...changes,
  };
}

export async function runRestore(
  target: ConnectionTarget,
  store: Store,
  manifest: Manifest,
  request: Partial<RestoreRequest> & Pick<RestoreRequest, 'target'>,
  options: RunOptions = {},
): Promise<RestoreReport> {
  return restore(target, store, manifest, restoreRequest(request), {
    signal: options.signal ?? new AbortController().signal,
    report: options.onProgress ?? (() => {}),
  });
}
