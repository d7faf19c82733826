import { unlessAborted } from '../../base/abort.ts';
import { itemsOf } from '../../format/manifest-items.ts';
import type { ChunkReference } from '../../format/manifest.ts';
import { partKinds, type Item } from '../../format/parts.ts';
import { rootFacts, type About, type RootFacts } from '../../format/root.ts';
import { withStableIds } from '../../format/stable-ids.ts';
import { requireSealedFor } from '../backup/globals.ts';
import { ChunkWriter } from '../backup/chunk-writer.ts';
import { documentOf, writeItems } from '../backup/write-manifest.ts';
import { readChunks } from '../read/chunk-reader.ts';
import { openManifest, type OpenedManifest } from '../read/manifest.ts';
import type { CopiedChunks, Copying } from './copy.ts';

/**
 * Copies a backup chunk by chunk: each is opened, proved, and encoded for the other store; the manifest is written anew
 * with their names there, line by line.
 * @throws as `copyBackup`
 */
export async function copyTranslated(copying: Copying, compressionLevel: number): Promise<CopiedChunks> {
  const { from, to, uuid, document, meter } = copying;
  const opened = await openManifest(from, document, uuid);
  const { facts, about, items } = await contentOf(opened);
  requireSealedFor(facts.globals?.passwords ?? 'none', to);
  const failing = new AbortController();
  const signal = AbortSignal.any([copying.signal, failing.signal]);
  const writer = new ChunkWriter(to, compressionLevel, 1, (error) => failing.abort(error));
  meter.watch(() => writer.newBytes);
  meter.phase('data');

  const translate = async (references: readonly ChunkReference[]): Promise<ChunkReference[]> => {
    const translated: ChunkReference[] = [];
    for await (const raw of readChunks(from, references)) {
      signal.throwIfAborted();
      // Copied: the writer hands its bytes on to another thread, and these are only lent.
      translated.push(await writer.put(new Uint8Array(raw), false, false));
      meter.addRawBytes(raw.length);
    }
    return translated;
  };
  const translatedItems = async function* (): AsyncGenerator<Item> {
    for await (const item of items) {
      signal.throwIfAborted();
      if (item.name === 'range' && item.value.drops) {
        const [drops] = await translate([item.value.drops]);
        yield { ...item, value: { ...item.value, drops } };
      } else if (item.name === 'segment') {
        yield { ...item, value: { ...item.value, chunks: await translate(item.value.chunks) } };
      } else if (item.name === 'chunks') {
        yield { ...item, value: await translate(item.value) };
      } else {
        yield item;
      }
    }
  };
  const writing = writeItems(facts, translatedItems(), (raw, plain) => writer.put(raw, plain));
  const written = await unlessAborted(writing, signal).catch(async (error: unknown) => {
    // Nothing is under way any more when the caller hears of it, unless it cancels and does not want to wait.
    await unlessAborted(writer.flush(), signal).catch(() => {});
    throw error;
  });
  await unlessAborted(writer.flush(), signal);
  const { chunks, storedBytes } = writer;
  const totals = { ...facts.totals, chunks, storedBytes };
  return {
    names: written.names,
    newBytes: writer.newBytes,
    document: (place) =>
      documentOf({ ...written, facts: { ...facts, totals } }, place, {
        keys: to.keys,
        about,
        at: new Date(),
      }),
  };
}

interface Content {
  facts: RootFacts;
  about: About | null;
  items: Iterable<Item> | AsyncIterable<Item>;
}

async function contentOf(opened: OpenedManifest): Promise<Content> {
  if (opened.root) {
    const { about, parts: _, ...facts } = opened.root;
    return { facts, about, items: opened.items(partKinds) };
  }
  // Of version 1, which is in memory as a whole.
  const manifest = withStableIds(await opened.read());
  return { facts: rootFacts(manifest), about: null, items: itemsOf(manifest) };
}
