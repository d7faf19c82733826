import { HoldfastError } from '../../base/errors.ts';
import { blockBytes, bundleHeader, paddingAfter } from './bundle-entry.ts';
import { checkName, checkPut, type Objects } from './objects.ts';

export interface BundleWriter {
  /** What is put is written behind what was put before. Nothing can be read, replaced or deleted. */
  objects: Objects;
  /** Writes the end: without it a bundle is cut off. */
  end(): Promise<void>;
}

/** @param write resolves when more may be written; the bytes are the caller's until then */
export function bundleWriter(write: (bytes: Uint8Array) => Promise<void>): BundleWriter {
  const written = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
  // One after another: an object's bytes stay together.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
  const none = (what: string) => async (): Promise<never> => {
    throw new HoldfastError('INTERNAL', `A bundle that is being written is not to be ${what}.`);
  };
  return {
    objects: {
      address: 'bundle:',
      conditionalPuts: true,
      put(name, content) {
        checkPut(name, content);
        return inTurn(async () => {
          // Objects of these names have the same content.
          if (written.has(name)) return name;
          await write(bundleHeader(name, content.length));
          await write(content);
          const padding = paddingAfter(content.length);
          if (padding > 0) await write(Buffer.alloc(padding));
          written.add(name);
          return name;
        });
      },
      async head(name) {
        checkName(name);
        return undefined;
      },
      // What a put that has failed has written is not looked at: the bundle is of no use then.
      get: async () => undefined,
      getRange: none('read'),
      // eslint-disable-next-line require-yield -- there is nothing to list
      async *list() {},
      delete: none('changed'),
      async close() {},
    },
    end: () => inTurn(() => write(Buffer.alloc(2 * blockBytes))),
  };
}
