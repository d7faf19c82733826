import { storeConformance } from '../conformance.ts';
import { indexes, opened, places } from './combinations.ts';

for (const [place, openObjects] of Object.entries(places)) {
  for (const [kind, openIndex] of Object.entries(indexes)) {
    // In memory with an index in the catalog: test/store/stores.test.ts.
    if (place === 'memory' && kind !== 'index in memory') continue;
    storeConformance(`objects in ${place}, ${kind}`, async (t) =>
      opened(await openObjects(t), await openIndex(t)),
    );
  }
}
