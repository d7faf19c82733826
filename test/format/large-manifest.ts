/**
 * Writes and reads the manifest of a database of many tables that does not exist, for large-manifest.test.ts, in a process of
 * its own: `node large-manifest.ts FOLDER TABLES`. Says as JSON what it took.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { ChunkWriter } from '../../src/engine/backup/chunk-writer.ts';
import { documentOf, writeItems } from '../../src/engine/backup/write-manifest.ts';
import { openManifest } from '../../src/engine/read/manifest.ts';
import { namesIn } from '../../src/engine/read/names.ts';
import { itemsOfTable } from '../../src/format/manifest-items.ts';
import type { Item } from '../../src/format/parts.ts';
import { rootFacts } from '../../src/format/root.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { nameBytes, type Store } from '../../src/store/store.ts';
import { madeUpManifest, madeUpTable } from './made-up.ts';

const [folder = '', count = ''] = process.argv.slice(2);
const tables = Number(count);

/** Of this program alone: what getrusage says counts the process that started it too. */
function peakKib(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return peak === undefined ? process.resourceUsage().maxRSS : Number(peak);
}

const store: Store = {
  ...memoryStore(),
  useChunks: async () => new Map(),
  async putChunks(chunks) {
    for (const { id, frame } of chunks) await fs.writeFile(path.join(folder, id), frame);
  },
  getChunks: (ids) => Promise.all(ids.map((id) => fs.readFile(path.join(folder, id)))),
};

const of = (at: number) => {
  const manifest = madeUpManifest([madeUpTable(`table_${at}`)]);
  for (const entry of manifest.schema.entries) {
    entry.id += at * 2;
    entry.dependsOn = entry.dependsOn.map((id) => id + at * 2);
  }
  manifest.tables[0]!.entryId = manifest.schema.entries[0]!.id;
  return manifest;
};

function* items(): Generator<Item> {
  for (let at = 0; at < tables; at++) {
    for (const value of of(at).schema.entries) yield { kind: 'entries', name: 'entry', value };
  }
  for (let at = 0; at < tables; at++) yield* itemsOfTable(of(at).tables[0]!);
}

const startRss = peakKib();
const facts = rootFacts(of(0));
const totals = { ...facts.totals, tables, rows: tables * 70, rawBytes: tables * 4_000_000 };
const writer = new ChunkWriter(store, 2, 1, (error) => assert.fail(String(error)));
const written = await writeItems({ ...facts, totals }, items(), (raw, plain) => writer.put(raw, plain));
await writer.flush();
const { names } = written;
const place = { store: 'made up', counter: 1, previous: null };
const { document } = documentOf(written, place, { keys: store.keys, about: null, at: new Date(0) });
const writtenRss = peakKib();

const opened = await openManifest(store, document);
let read = 0;
for await (const table of opened.tables()) {
  assert.equal(table.name, `table_${read++}`);
  assert.equal(table.columns.length, 10);
}
let entries = 0;
for await (const item of opened.items(['entries'])) entries += item.name === 'entry' ? 1 : 0;
assert.deepEqual([read, entries], [tables, tables * 2]);
assert.equal((await namesIn(store, document, opened.uuid)).length, names.length);

console.log(
  JSON.stringify({
    parts: opened.root!.parts.length,
    rawBytes: opened.root!.parts.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    storedBytes: opened.root!.parts.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    documentBytes: JSON.stringify(document).length,
    names: names.length / nameBytes,
    startMib: Math.round(startRss / 1024),
    writtenMib: Math.round(writtenRss / 1024),
    peakMib: Math.round(peakKib() / 1024),
  }),
);
