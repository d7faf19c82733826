import { HoldfastError } from '../../base/errors.ts';
import { drillSettings } from '../../contract/drill-settings.ts';
import type { Certificate } from '../../contract/certificate.ts';
import { drill } from '../../engine/drill/drill.ts';
import { openManifest } from '../../engine/read/manifest.ts';
import { makeCertificate } from '../../format/certificate.ts';
import type { DrillOptions } from '../drill.ts';
import type { Invocation } from '../invocation.ts';
import { givenTo } from '../system.ts';
import { findBackup, lockTimeoutMs, withStore } from './alone.ts';
import { jobsOf } from './jobs.ts';
import type { NamedAlone } from './options.ts';
import { scratchTargetAlone } from './scratch-target.ts';
import { underControl } from './under-control.ts';

/** Drills a backup of a store alone: on a server of its own, or on that of `--to`. Signed where HOLDFAST_WRITER_KEY is set. */
export async function drillAlone(
  invocation: Invocation,
  { alone, store: address }: NamedAlone,
  options: DrillOptions,
): Promise<Certificate> {
  const settings = await settingsOf(invocation, options);
  const jobs = await jobsOf(invocation, undefined);
  const target = scratchTargetAlone('drill', settings.url);
  return withStore(invocation, options, address, async (opened) => {
    const { store, uuid, document, manifest } = await findBackup(invocation, opened, alone);
    const { headerHash = null } = await openManifest(store, document, uuid);
    const unknown = `The store was only read. Whether backup ${uuid} comes back is still unknown.`;
    const statement = await underControl(
      invocation,
      { title: `Drill of ${uuid}`, afterCancel: unknown, onLeaving: () => unknown },
      (control) =>
        drill(
          {
            target,
            checks: settings.checks,
            timeoutMs: settings.timeoutMinutes * 60_000,
            jobs,
            lockTimeoutMs,
          },
          { store, document, manifest, headerHash, control },
        ),
    );
    return makeCertificate(statement, store.keys.sign);
  });
}

/** What the configuration says, and `--to` over it. */
async function settingsOf(invocation: Invocation, { to }: DrillOptions) {
  const { drill: given } = await givenTo(invocation);
  const parsed = drillSettings.safeParse({ ...given, ...(to === undefined ? {} : { url: to }) });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    `drill.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is invalid'}`,
  );
}
