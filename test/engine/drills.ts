import { drill, type DrillRequest, type DrillWork } from '../../src/engine/drill/drill.ts';
import { openManifest } from '../../src/engine/read/manifest.ts';
import type { CertificateStatement } from '../../src/contract/certificate.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import type { Store } from '../../src/store/store.ts';

export type DrillChanges = Partial<DrillRequest> & Pick<Partial<DrillWork>, 'onRestored'> & { signal?: AbortSignal };

/** A drill of a backup into a server of our own, unless it says otherwise. */
export async function runDrill(
  store: Store,
  { uuid }: Pick<Manifest, 'uuid'>,
  { onRestored, signal = new AbortController().signal, ...changes }: DrillChanges = {},
): Promise<CertificateStatement> {
  const document = await store.getManifest(uuid);
  const opened = await openManifest(store, document, uuid);
  return drill(
    {
      target: { kind: 'embedded' },
      checks: [],
      checkTimeoutMs: 5_000,
      timeoutMs: 120_000,
      jobs: 2,
      lockTimeoutMs: 5_000,
      ...changes,
    },
    {
      store,
      document,
      manifest: await opened.read(),
      headerHash: opened.headerHash ?? null,
      control: { signal, report: () => {} },
      ...(onRestored ? { onRestored } : {}),
    },
  );
}

/** What was not passed, for the message of a failed assertion. */
export function shownProblems({ verdict, cause, levels, checks, remarks }: CertificateStatement): string {
  return JSON.stringify({ verdict, cause, levels: levels.filter(({ problems }) => problems.length > 0), checks, remarks }, null, 1);
}
