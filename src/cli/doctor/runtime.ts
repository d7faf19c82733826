import * as zlib from 'node:zlib';
import { fail, ok, type Check } from './check.ts';

const oldest = [22, 18] as const;

/** The Node that runs this. */
export function checkRuntime(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const wanted = oldest.join('.');
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]) || !('zstdCompress' in zlib)) {
    return fail(
      'node',
      'INVALID_CONFIGURATION',
      `Node ${version} is too old.`,
      `Use Node ${wanted} or later.`,
    );
  }
  return ok('node', `Node ${version}`);
}
