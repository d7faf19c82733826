import type { DrillCheck } from '../../src/engine/drill/checks.ts';
import { drill, type DrillRequest, type DrillWork } from '../../src/engine/drill/drill.ts';
import { openManifest } from '../../src/engine/read/manifest.ts';
import type { CertificateStatement } from '../../src/contract/certificate.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import type { Store } from '../../src/store/store.ts';

export type DrillChanges = Partial<Omit<DrillRequest, 'checks'>> & {
  checks?: (Omit<DrillCheck, 'timeoutSeconds'> & { timeoutSeconds?: number })[];
  /** The backup's document, where the store does not have it. */
  document?: unknown;
  /** As if the backup were of another source. */
  change?: (manifest: Manifest) => void;
} & Pick<Partial<DrillWork>, 'onRestored'> & { signal?: AbortSignal };

/** A drill of a backup into a server of our own, unless it says otherwise. */
export async function runDrill(
  store: Store,
  { uuid }: Pick<Manifest, 'uuid'>,
  {
    onRestored,
    signal = new AbortController().signal,
    checks = [],
    change = () => {},
    document: given,
    ...changes
  }: DrillChanges = {},
): Promise<CertificateStatement> {
  const document = given ?? (await store.getManifest(uuid));
  const opened = await openManifest(store, document, uuid);
  const manifest = await opened.read();
  change(manifest);
  return drill(
    {
      target: { kind: 'embedded' },
      checks: checks.map((check) => ({ timeoutSeconds: 5, ...check })),
      timeoutMs: 120_000,
      jobs: 2,
      lockTimeoutMs: 5_000,
      ...changes,
    },
    {
      store,
      document,
      manifest,
      headerHash: opened.headerHash ?? null,
      control: { signal, report: () => {} },
      ...(onRestored ? { onRestored } : {}),
    },
  );
}

/** What was not passed, for the message of a failed assertion. */
export function shownProblems({ verdict, cause, levels, checks, remarks }: CertificateStatement): string {
  return JSON.stringify(
    { verdict, cause, levels: levels.filter(({ problems }) => problems.length > 0), checks, remarks },
    null,
    1,
  );
}
