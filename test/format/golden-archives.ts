import * as fs from 'node:fs/promises';
import path from 'node:path';
import { readManifest } from '../../src/engine/read/manifest.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import { plainKeys } from '../../src/format/sealing/keys.ts';
import { keyOfText } from '../../src/format/sealing/signatures.ts';
import { memoryStore } from '../../src/store/memory.ts';

export const versions = ['v1', 'v2', 'v2-drops'] as const;
/** What signed each archive that is signed. */
const signedBy: Partial<Record<(typeof versions)[number], string>> = {
  v2: 'WL5FxzmLVNDF6ik2BLfIwZkU0RuwmXZz4CKgqYJKIIE=',
  'v2-drops': 'BZxBiXyayCfRL8Rz1RZO3teWndQwof39wG16aDYVTtQ=',
};
export interface Golden {
  store: ReturnType<typeof memoryStore>;
  /** As the store would give it. */
  document: unknown;
  manifest: Manifest;
  contents: Map<string, string>;
}

export async function readGolden(version: (typeof versions)[number]): Promise<Golden> {
  const directory = path.join(import.meta.dirname, 'golden', version);
  const json = async (name: string): Promise<unknown> =>
    JSON.parse(await fs.readFile(path.join(directory, name), 'utf8'));
  const signed = signedBy[version];
  const store = memoryStore(signed ? { sealed: false, verify: [keyOfText(signed)] } : plainKeys);
  for (const file of await fs.readdir(path.join(directory, 'chunks'))) {
    const frame = await fs.readFile(path.join(directory, 'chunks', file));
    await store.putChunks([{ id: path.basename(file, '.zst'), frame, rawBytes: 0, rows: 0 }]);
  }
  const document = await json(signed ? 'backup.json' : 'manifest.json');
  const manifest = await readManifest(store, document);
  return {
    store,
    document,
    manifest,
    contents: new Map(Object.entries((await json('contents.json')) as object)),
  };
}
