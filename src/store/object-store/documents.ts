import { HoldfastError } from '../../base/errors.ts';
import type { Store } from '../store.ts';
import { isOutside } from './names.ts';
import type { Parts } from './reading.ts';

type DocumentMethods = Pick<Store, 'getDocument' | 'putDocument' | 'deleteDocument' | 'listDocuments'>;

/** What the store keeps beside chunks and manifests, an object each, at the root. */
export function documents({ objects, lane }: Pick<Parts, 'objects' | 'lane'>): DocumentMethods {
  return {
    getDocument: (name) => lane(() => objects.get(checked(name))),
    putDocument: (name, content, expected) => lane(() => objects.put(checked(name), content, { expected })),
    deleteDocument: (name) => lane(() => objects.delete(checked(name))),
    async *listDocuments(prefix) {
      for await (const { name } of objects.list(prefix)) if (isOutside(name)) yield name;
    },
  };
}

function checked(name: string): string {
  if (isOutside(name)) return name;
  throw new HoldfastError(
    'INTERNAL',
    `"${name}" is not the name of a document: it is in a folder of the store.`,
  );
}
