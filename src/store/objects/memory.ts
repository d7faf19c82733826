import { createHash } from 'node:crypto';
import { abortReason } from '../../base/errors.ts';
import {
  checkName,
  checkPrefix,
  checkPut,
  checkRange,
  rangeWithin,
  type CallOptions,
  type Objects,
} from './objects.ts';

/** Objects in the memory of this process: for tests, and for what need not outlive it. */
export function memoryObjects(address = 'memory:'): Objects {
  const objects = new Map<string, { content: Buffer; version: string; modifiedAt: Date }>();
  return {
    address,
    conditionalPuts: true,
    async put(name, content, options = {}) {
      checkPut(name, content);
      unlessAborted(options);
      const { expected } = options;
      if (expected !== undefined && (objects.get(name)?.version ?? null) !== expected) return undefined;
      const version = createHash('sha256').update(content).digest('hex');
      objects.set(name, { content: Buffer.from(content), version, modifiedAt: new Date() });
      return version;
    },
    async get(name, options = {}) {
      checkName(name);
      unlessAborted(options);
      const found = objects.get(name);
      return found && { content: Buffer.from(found.content), version: found.version };
    },
    async getRange(name, range, options = {}) {
      checkRange(name, range);
      unlessAborted(options);
      const content = objects.get(name)?.content;
      if (content === undefined) return undefined;
      const { start, end } = rangeWithin(range, content.length);
      return Buffer.from(content.subarray(start, end));
    },
    async head(name, options = {}) {
      checkName(name);
      unlessAborted(options);
      const found = objects.get(name);
      return found && { bytes: found.content.length, modifiedAt: found.modifiedAt };
    },
    async *list(prefix, options = {}) {
      checkPrefix(prefix);
      const { after = '' } = options;
      const names = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > after);
      for (const name of names.toSorted()) {
        unlessAborted(options);
        const found = objects.get(name);
        if (found) yield { name, bytes: found.content.length, modifiedAt: found.modifiedAt };
      }
    },
    async delete(name, options = {}) {
      checkName(name);
      unlessAborted(options);
      objects.delete(name);
    },
    async close() {},
  };
}

function unlessAborted({ signal }: CallOptions): void {
  if (signal?.aborted) throw abortReason(signal);
}
