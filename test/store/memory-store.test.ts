import { memoryStore } from '../../src/store/memory-store.ts';
import { storeConformance } from './conformance.ts';

storeConformance('memory store', async () => ({ store: memoryStore(), prepareBackup: async () => {} }));
