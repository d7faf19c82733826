import { randomUUID } from 'node:crypto';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import { format2 } from '../../format/backup-document.ts';
import { plainDescription } from '../../format/sealing/store-description.ts';
import { memoryIndex } from '../../store/object-store/memory-index.ts';
import { objectStore } from '../../store/object-store/object-store.ts';
import { bundleWriter } from '../../store/objects/bundle-writer.ts';
import type { Store } from '../../store/store.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { formatOf, openHeader } from '../read/manifest.ts';
import { descriptionName, readStoreDocuments } from '../stores/open-store.ts';
import type { RunControl } from '../run.ts';
import { copyAsStored } from './as-stored.ts';
import { copyBackup, notThere } from './copy.ts';
import { namingTable } from './naming-table.ts';

/**
 * Writes a bundle of one backup: the part of its store that it needs, as a tar archive. Chunks, document and keys are what they are in
 * the store, byte for byte, so no key is needed, and the same recovery keys open it.
 * @param write resolves when more may be written
 * @throws as `copyBackup`; what `write` throws
 */
export async function writeBundle(
  from: Store,
  uuid: string,
  write: (bytes: Uint8Array) => Promise<void>,
  control: RunControl,
): Promise<void> {
  const meter = new ProgressMeter(control, 0, 0);
  const { objects, end } = bundleWriter(write);
  try {
    const document = await from.getManifest(uuid);
    if (document === undefined) throw notThere(from, uuid);
    const isFormat2 = formatOf(document) === format2;
    const to = objectStore(objects, memoryIndex(), from.keys);
    const { description, wrappedKeys } = await documentsOf(
      from,
      isFormat2 ? openHeader(from, document, uuid).header.store : undefined,
    );
    for (const [name, content] of wrappedKeys) await to.putDocument(name, content);
    await to.putDocument(descriptionName, Buffer.from(description));
    if (isFormat2) {
      const copied = await copyAsStored({ from, to, uuid, document, meter, signal: control.signal });
      await to.putManifest(uuid, document, copied.names);
    } else {
      await copyBackup(from, to, { uuid, compressionLevel: 3 }, control);
    }
    await end();
  } catch (error) {
    if (control.signal.aborted) throw abortReason(control.signal);
    throw await namingTable(error, from, uuid);
  } finally {
    meter.stop();
  }
}

/** The same as a stream, which fails and never ends cleanly when a chunk is missing or damaged. */
export function bundleStream(from: Store, uuid: string, signal: AbortSignal): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const write = async (bytes: Uint8Array): Promise<void> => {
    await writer.ready;
    await writer.write(Uint8Array.from(bytes));
  };
  writeBundle(from, uuid, write, { signal, report: () => {} })
    .then(
      () => writer.close(),
      (error: unknown) => writer.abort(error),
    )
    .catch(() => {
      // The reader has gone, which is what it is told.
    });
  return readable;
}

/** The store in the database has no description until something gives it keys. */
async function documentsOf(from: Store, id: string | undefined): ReturnType<typeof readStoreDocuments> {
  try {
    return await readStoreDocuments(from);
  } catch (error) {
    const plain = error instanceof HoldfastError && error.code === 'STORE_NOT_FOUND' && !from.keys.sealed;
    if (!plain) throw error;
    return {
      description: plainDescription(id ?? randomUUID(), new Date().toISOString()),
      wrappedKeys: new Map(),
    };
  }
}
