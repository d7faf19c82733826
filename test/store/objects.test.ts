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
