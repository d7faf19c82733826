import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { directoryObjects } from '../../src/store/objects/directory.ts';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import { objectsConformance } from './objects-conformance.ts';

objectsConformance(
  'memory',
  async () => {
    const objects = memoryObjects();
    return { objects, another: async () => objects };
  },
  { conditional: 'in one step' },
);

objectsConformance(
  'directory',
  async (t) => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-objects-'));
    t.after(() => fs.rm(folder, { recursive: true }));
    const open = (name = folder) => directoryObjects({ address: pathToFileURL(name).href, path: name });
    return { objects: open(), another: async () => open(), nowhere: open(path.join(folder, 'none')) };
  },
  { conditional: 'creation in one step' },
);
