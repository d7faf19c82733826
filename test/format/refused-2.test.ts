import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { namesInInventory, openHeader, readManifest } from '../../src/engine/read/manifest.ts';
import { namesIn } from '../../src/engine/read/names.ts';
import { keyOfText } from '../../src/format/sealing/signatures.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

/* The negative vectors of `holdfast/2` in refused/README.md. Each must be refused, with the code that it names. */

interface Backup {
  document: unknown;
  chunks: Record<string, string | null>;
}

const file = path.join(import.meta.dirname, 'refused/documents.json');
const vectors = JSON.parse(fs.readFileSync(file, 'utf8')) as {
  verify: string;
  uuid: string;
  valid: Backup;
  refused: (Backup & { name: string; code: string; reads?: 'inventory' })[];
};
const { uuid, valid } = vectors;
const keys = { sealed: false, verify: [keyOfText(vectors.verify)] };

async function storeOf(chunks: Backup['chunks']): Promise<Store> {
  const store = memoryStore(keys);
  for (const [id, stored] of Object.entries({ ...valid.chunks, ...chunks })) {
    if (stored === null) continue;
    await store.putChunks([{ id, frame: Buffer.from(stored, 'base64'), rawBytes: 0, rows: 0 }]);
  }
  return store;
}

test('the backup that the vectors change is valid', async () => {
  const store = await storeOf({});
  const { tables } = await readManifest(store, valid.document, uuid);
  assert.deepEqual(
    tables.map(({ name }) => name),
    ['first', 'second'],
  );
  assert.ok((await namesIn(store, valid.document, uuid)).length > 0);
});

test('a document is refused under the name of another backup', async () => {
  const store = await storeOf({});
  const other = '6f1f2c1e-0000-4000-8000-00000000000e';
  await assert.rejects(readManifest(store, valid.document, other), { code: 'MANIFEST_INVALID' });
  await assert.rejects(namesIn(store, valid.document, other), { code: 'MANIFEST_INVALID' });
});

for (const { name, document, chunks, code, reads } of vectors.refused) {
  test(`a backup is refused: ${name}`, async () => {
    const store = await storeOf(chunks);
    if (reads !== 'inventory') return await assert.rejects(readManifest(store, document, uuid), { code });
    // What a restore needs is all there.
    await readManifest(store, document, uuid);
    const { header } = openHeader(store, document, uuid);
    return await assert.rejects(namesInInventory(store, header), { code });
  });
}
