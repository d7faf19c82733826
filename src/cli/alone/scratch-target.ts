import type { ScratchTarget } from '../../engine/scratch/scratch-server.ts';
import { clientConfig } from '../../postgres/connection.ts';
import { usage } from './options.ts';

/** The scratch server at this address, or one of our own without any. @throws INVALID_REQUEST */
export function scratchTargetAlone(command: string, url: string | undefined): ScratchTarget {
  return url === undefined
    ? { kind: 'embedded' }
    : { kind: 'url', server: { connectionString: usableUrl(command, url) } };
}

/** @throws INVALID_REQUEST, never with the address, which may have a password in it */
function usableUrl(command: string, url: string): string {
  try {
    if (/^postgres(?:ql)?:\/\//.test(url) && clientConfig({ connectionString: url }).host !== undefined)
      return url;
  } catch {
    // Its own error would show the password.
  }
  throw usage(command, '--to must be postgres://user:password@host:5432/database of a scratch server.');
}
