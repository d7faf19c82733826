/**
 * Makes the golden archive of segments and drops, once: `test/format/golden/v2-drops/`, which holds the rows of
 * `test/format/golden/v2/` in several segments, among lines that are no rows. Every later version must be able to read it.
 *
 *   node scripts/golden-drops.ts
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { readManifest } from '../src/engine/read/manifest.ts';
import { namesIn } from '../src/engine/read/names.ts';
import { keyText, newSigningKey } from '../src/format/sealing/signatures.ts';
import { memoryStore } from '../src/store/memory.ts';
import { idsIn } from '../src/store/store.ts';
import { inSegments, seeded } from '../test/engine/segments.ts';

const golden = path.resolve(import.meta.dirname, '../test/format/golden');
const from = path.join(golden, 'v2');
const to = path.join(golden, 'v2-drops');

const file = path.join(to, 'backup.json');
if (await fs.stat(file).catch(() => undefined)) throw new Error(`${file} exists; it is not made again.`);
const sign = newSigningKey();
const store = memoryStore({ sealed: false, sign, id: 'golden' });
for (const name of await fs.readdir(path.join(from, 'chunks'))) {
  const frame = await fs.readFile(path.join(from, 'chunks', name));
  await store.putChunks([{ id: path.basename(name, '.zst'), frame, rawBytes: 0, rows: 0 }]);
}
const manifest = await readManifest(
  store,
  JSON.parse(await fs.readFile(path.join(from, 'backup.json'), 'utf8')),
);
const before = new Set(store.chunks.keys());
const random = seeded(14);
const made = await inSegments(store, manifest, random, () => ({
  segments: 1 + random(4),
  dead: [0, 10, 50][random(3)]!,
}));
const document = await store.getManifest(made.uuid);
const needed = new Set(idsIn(await namesIn(store, document, made.uuid)));
await fs.mkdir(path.join(to, 'chunks'), { recursive: true });
for (const id of needed) {
  await fs.writeFile(path.join(to, 'chunks', `${id}.zst`), store.chunks.get(id)!.frame);
}
await fs.copyFile(path.join(from, 'contents.json'), path.join(to, 'contents.json'));
await fs.writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
await promisify(execFile)(path.resolve(import.meta.dirname, '../node_modules/.bin/oxfmt'), [file]);
const ranges = made.tables.flatMap((table) => table.ranges);
console.log(
  `${ranges.length} ranges, ${ranges.filter(({ drops }) => drops).length} with drops, ${needed.size} chunks, ` +
    `${[...needed].filter((id) => before.has(id)).length} of them of v2; signed by ${keyText(sign.publicKey)}`,
);
