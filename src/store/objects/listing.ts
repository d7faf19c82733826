import type { HoldfastError } from '../../base/errors.ts';
import { storeFailure } from './failure.ts';
import { isObjectName, type ListedObject } from './objects.ts';

/** A server that gives nothing but a promise of more is not believed for ever. */
const emptyPagesAtMost = 1_000;

export interface Asked {
  address: string;
  prefix: string;
  after: string | undefined;
}

export function listUnfinished(address: string, prefix: string): HoldfastError {
  const what = prefix === '' ? 'all objects' : prefix;
  return storeFailure('STORE_FAILED', `${address} does not finish its list of ${what}.`, {
    details: { address },
  });
}

/**
 * What was asked for of the pages of a server's list.
 * @throws STORE_FAILED when the server does not list in ascending order: what follows a name could not be told then
 */
export async function* inOrder(
  pages: AsyncIterable<ListedObject[]>,
  { address, prefix, after = '' }: Asked,
): AsyncGenerator<ListedObject> {
  let last = '';
  let emptyPages = 0;
  for await (const page of pages) {
    emptyPages = page.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > emptyPagesAtMost) throw listUnfinished(address, prefix);
    for (const listed of page) {
      const { name } = listed;
      if (!name.startsWith(prefix) || !isObjectName(name)) continue;
      if (name <= last) {
        throw storeFailure(
          'STORE_FAILED',
          `${address} does not list its objects in their order: ${name} comes after ${last}.`,
          {
            hint: 'Directory buckets of S3 (Express One Zone) do so. Use a general purpose bucket.',
            details: { address },
            lasting: true,
          },
        );
      }
      last = name;
      if (name > after) yield listed;
    }
  }
}
