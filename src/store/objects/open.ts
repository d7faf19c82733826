import { stat } from 'node:fs/promises';
import type { ObjectsCredentials } from './credentials.ts';
import type { ObjectsAddress } from './address.ts';
import type { Objects } from './objects.ts';
import { retrying, type RetryOptions } from './retrying.ts';
import { throttled } from './throttled.ts';

export interface OpenOptions {
  retries?: RetryOptions;
  /** Sent and received together. Default: no limit. */
  bytesPerSecond?: number | undefined;
  /** Default: 16; over SFTP, where one connection has them all, 8. */
  callsAtOnce?: number | undefined;
}

/**
 * The objects of a place, with retries and within limits. Nothing is connected before the first call; the caller closes it.
 * @throws STORE_DRIVER_MISSING naming the package that is to be installed; STORE_DENIED where credentials are needed and missing
 */
export async function openObjects(
  address: ObjectsAddress,
  credentials: ObjectsCredentials = {},
  { retries, bytesPerSecond, callsAtOnce }: OpenOptions = {},
): Promise<Objects> {
  const calls = callsAtOnce ?? (address.scheme === 'sftp' ? 8 : 16);
  const objects = await connect(address, credentials, calls);
  // Each attempt is within the limits, and waiting for the next one holds no place in the queue.
  return retrying(throttled(objects, { bytesPerSecond, callsAtOnce: calls }), retries);
}

/** A file in the place of a folder is a bundle, or nothing of ours: that is found out when it is read. */
async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

async function connect(
  address: ObjectsAddress,
  credentials: ObjectsCredentials,
  connections: number,
): Promise<Objects> {
  switch (address.scheme) {
    case 'file': {
      if (await isFile(address.path)) {
        const { bundleObjects } = await import('./bundle.ts');
        return bundleObjects(address);
      }
      const { directoryObjects } = await import('./directory.ts');
      return directoryObjects(address);
    }
    case 's3': {
      const { s3Objects } = await import('./s3.ts');
      return s3Objects(address, { credentials: credentials.s3, connections });
    }
    case 'azure': {
      const { azureObjects } = await import('./azure.ts');
      return azureObjects(address, { credentials: credentials.azure });
    }
    case 'sftp': {
      const { sftpObjects } = await import('./sftp.ts');
      return sftpObjects(address, { credentials: credentials.sftp });
    }
  }
}
