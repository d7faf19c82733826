/** Owns which Node is needed; `engines` in package.json says the same. */
import * as zlib from 'node:zlib';
import { HoldfastError } from './errors.ts';

/** The oldest Node that runs Holdfast: its zlib has zstd, and it runs the sources of a checkout. */
export const oldestNode = '22.18';

/** What is wrong with a version of Node, in a sentence; null when it will do. */
export function nodeProblem(version = process.versions.node): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode.split('.').map(Number);
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  return isOld || !('zstdCompress' in zlib) ? `Node ${version} is too old.` : null;
}

/** @throws INVALID_CONFIGURATION when this Node is too old */
export function requireNode(): void {
  const problem = nodeProblem();
  if (problem !== null) {
    throw new HoldfastError('INVALID_CONFIGURATION', problem, { hint: `Use Node ${oldestNode} or later.` });
  }
}

/**
 * The environment of a thread of ours: none but where Node keeps compiled code, if it does, for the thread would otherwise compile all that it loads
 * each time it starts. https://nodejs.org/api/cli.html#node_compile_cachedir
 */
export function compileCacheOnly(): { NODE_COMPILE_CACHE?: string } {
  const { NODE_COMPILE_CACHE: place } = process.env;
  return place === undefined ? {} : { NODE_COMPILE_CACHE: place };
}
