import { HoldfastError } from '../../base/errors.ts';
import { format1 } from '../../format/format-1.ts';
import { namesOf, type Store } from '../../store/store.ts';

/**
 * The names of all chunks that a backup needs, some more than once; undefined when it has no manifest.
 * @throws MANIFEST_INVALID when its manifest is of a later version, so that its chunks are unknown
 */
export async function readNames(store: Store, uuid: string): Promise<Uint8Array | undefined> {
  const document = await store.getManifest(uuid);
  return document === undefined ? undefined : namesIn(document, uuid);
}

/** The same of a manifest that is at hand. */
export function namesIn(document: unknown, uuid: string): Uint8Array {
  const { format } = (document ?? {}) as { format?: unknown };
  if (format !== format1) {
    throw new HoldfastError(
      'MANIFEST_INVALID',
      `The manifest of backup ${uuid} has format ${String(format)}; this version reads ${format1}.`,
    );
  }
  return namesOf(chunkIds(document));
}

const chunkId = /^[0-9a-f]{64}$/;

/** Every `id` of that form at any depth. */
function* chunkIds(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (key === 'id' && typeof each === 'string' && chunkId.test(each)) yield each;
    else yield* chunkIds(each);
  }
}
