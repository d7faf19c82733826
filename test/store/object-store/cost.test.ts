import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ChunkWriter } from '../../../src/engine/backup/chunk-writer.ts';
import { sweepChunks } from '../../../src/engine/sweep/sweep.ts';
import { format1 } from '../../../src/format/format-1.ts';
import { counted, noCounts, type Counts } from '../../../src/store/objects/counted.ts';
import { memoryObjects } from '../../../src/store/objects/memory.ts';
import { namesOf, type Store } from '../../../src/store/store.ts';
import { indexes, objectNames, opened } from './combinations.ts';

const tables = Array.from({ length: 5_000 }, () => randomBytes(200 + Math.floor(Math.random() * 3_000)));

/** What a backup does of 5,000 tables with a few rows each. */
async function takeBackup(store: Store): Promise<string> {
  const writer = new ChunkWriter(store, 3, 2, () => {});
  const ids: string[] = [];
  for (const rows of tables) {
    let buffer = writer.takeBuffer();
    while (!buffer) {
      await new Promise<void>((resolve) => {
        writer.onRoom(resolve);
      });
      buffer = writer.takeBuffer();
    }
    buffer.set(rows);
    const lent = writer.write(buffer, rows.length, 1, ({ id }) => ids.push(id));
    if (!lent) writer.returnBuffer(buffer);
  }
  await writer.flush();
  const uuid = randomUUID();
  const chunks = ids.map((id) => ({ id }));
  await store.putManifest(uuid, { format: format1, tables: [{ ranges: [{ chunks }] }] }, namesOf(ids));
  return uuid;
}

for (const [kind, openIndex] of Object.entries(indexes)) {
  test(`${kind}: 5,000 small tables are few objects, and a second backup of them sends next to nothing`, async (t) => {
    const counts: Counts = noCounts();
    const { store, objects } = opened(counted(memoryObjects(), counts), await openIndex(t));
    const spent = (): string => {
      const { calls, sentBytes, receivedBytes } = counts;
      const text = JSON.stringify({ ...calls, sentBytes, receivedBytes });
      Object.assign(counts, noCounts());
      return text;
    };
    const first = await takeBackup(store);
    assert.ok(counts.calls.put <= 150);
    t.diagnostic(`first backup: ${spent()}`);
    const stored = await objectNames(objects);
    assert.ok(stored.length <= 150);
    assert.ok(stored.length - 1 <= Math.ceil(tables.length / store.chunksAtOnce) + 2, `${stored.length}`);
    spent();

    await takeBackup(store);
    assert.equal(counts.calls.put, 1, 'the manifest');
    assert.ok(counts.calls.get + counts.calls.getRange <= 20);
    assert.deepEqual([counts.calls.head, counts.calls.list, counts.calls.delete], [0, 0, 0]);
    t.diagnostic(`second backup: ${spent()}`);

    await store.deleteManifest(first);
    spent();
    const always = { keepFrom: async () => null, signal: new AbortController().signal };
    assert.equal((await sweepChunks(store, always)).deleted, 0);
    assert.ok(counts.calls.get + counts.calls.list <= 3);
    assert.equal(counts.calls.put + counts.calls.delete, 0);
    t.diagnostic(`cleanup: ${spent()}`);
  });
}
