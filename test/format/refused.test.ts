import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { decodeChunk } from '../../src/format/chunk.ts';
import { parseFormat1 } from '../../src/format/format-1.ts';
import type { ChunkReference } from '../../src/format/manifest.ts';

/* The negative vectors of refused/README.md. Each must be refused, with the code that it names. */

interface ChunkVector {
  name: string;
  reference: ChunkReference;
  frame: string;
  code: string;
}

interface ManifestVector {
  name: string;
  path: (string | number)[];
  value?: unknown;
  remove?: true;
  code: string;
}

const read = (file: string): unknown =>
  JSON.parse(fs.readFileSync(path.join(import.meta.dirname, file), 'utf8'));

const valid = read('golden/v1/manifest.json');

/** What is at a path of a document, or what a step further back it is in. */
function at(document: unknown, steps: readonly (string | number)[]): unknown {
  return steps.reduce<unknown>((found, step) => (found as Record<string | number, unknown>)[step], document);
}

function changed({ path: steps, value, remove }: ManifestVector): unknown {
  const document = structuredClone(valid);
  const last = steps.at(-1);
  if (last === undefined) return value;
  const holder = at(document, steps.slice(0, -1)) as Record<string | number, unknown>;
  const source = (value as { $copy?: (string | number)[] } | null | undefined)?.$copy;
  if (remove) {
    assert.ok(last in holder, `there is a ${steps.join('.')} to take away`);
    delete holder[last];
  } else {
    holder[last] = source ? structuredClone(at(document, source)) : value;
  }
  return document;
}

test('the manifest that the vectors change is valid', () => {
  assert.equal(parseFormat1(structuredClone(valid)).format, 'holdfast/1');
});

for (const vector of read('refused/manifests.json') as ManifestVector[]) {
  test(`a manifest is refused: ${vector.name}`, () => {
    const document = changed(vector);
    assert.notDeepEqual(document, valid);
    assert.throws(() => parseFormat1(document), { code: vector.code });
  });
}

for (const { name, reference, frame, code } of read('refused/chunks.json') as ChunkVector[]) {
  test(`a chunk is refused: ${name}`, async () => {
    await assert.rejects(decodeChunk(reference, Buffer.from(frame, 'base64'), undefined), { code });
  });
}
