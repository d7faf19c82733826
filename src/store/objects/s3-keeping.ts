import type * as Sdk from '@aws-sdk/client-s3';
import type {
  GetBucketVersioningCommandOutput,
  GetObjectLockConfigurationCommandOutput,
  HeadObjectCommandOutput,
  PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../base/errors.ts';
import { checkName, type CallOptions, type Keeping, type KeptVersions, type ObjectLock } from './objects.ts';
import { storeFailure } from './failure.ts';
import { codeOf, saysNoSuchKey, statusOf, type S3Error } from './s3-failure.ts';

export interface S3Keeping {
  sdk: typeof Sdk;
  client: S3Client;
  address: string;
  bucket: string;
  /** What the keys of all objects begin with. */
  above: string;
  /** Does one request with its deadline; what it throws is one of our errors. */
  within<T>(what: string, options: CallOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** @returns undefined where the object is not there */
  headOf(name: string, signal: AbortSignal): Promise<HeadObjectCommandOutput | undefined>;
}

/** Old versions and locks of objects in a bucket. */
export function s3Keeping({
  sdk,
  client,
  address,
  bucket: Bucket,
  above,
  within,
  headOf,
}: S3Keeping): Keeping {
  /** What is there, if the credentials may ask and the server knows the question. */
  const asked = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const status = statusOf(error as S3Error);
      if (status === 403 || status === 404 || status === 405 || status === 501) return undefined;
      throw error;
    }
  };

  return {
    look: (options = {}) =>
      within('look whether old versions are kept', options, async (abortSignal) => {
        const found = await asked(() =>
          client.send(new sdk.GetBucketVersioningCommand({ Bucket }), { abortSignal }),
        );
        const retention = await asked(() =>
          client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket }), { abortSignal }),
        );
        return { versions: versionsOf(found), retention: retentionOf(retention) };
      }),

    lock(name, { mode, until }, options = {}) {
      checkName(name);
      return within(`lock ${name}`, options, async (abortSignal) => {
        const Retention = { Mode: modeOf(mode), RetainUntilDate: until };
        try {
          const command = new sdk.PutObjectRetentionCommand({ Bucket, Key: above + name, Retention });
          await client.send(command, { abortSignal });
        } catch (error) {
          const status = statusOf(error as S3Error);
          // 405: what is newest there is the mark of a deletion.
          if (saysNoSuchKey(error as S3Error) || status === 405) throw objectGone(address, name);
          // A lock is never shortened: one that is longer is refused, and is what is wanted.
          if (status === 403) {
            const { ObjectLockRetainUntilDate: held } = (await headOf(name, abortSignal)) ?? {};
            if (held && held >= until) return;
          }
          if (saysNoLocks(error as S3Error)) throw locksMissing(address, error);
          throw error;
        }
      });
    },

    deleteForGood(name, { bypassLock = false, ...options } = {}) {
      checkName(name);
      return within(`delete a version of ${name}`, options, async (abortSignal) => {
        const { VersionId } = (await headOf(name, abortSignal)) ?? {};
        if (VersionId === undefined) return;
        const bypass = bypassLock ? { BypassGovernanceRetention: true } : {};
        const command = new sdk.DeleteObjectCommand({ Bucket, Key: above + name, VersionId, ...bypass });
        await client.send(command, { abortSignal });
      });
    },
  };
}

function versionsOf(found: GetBucketVersioningCommandOutput | undefined): KeptVersions['versions'] {
  if (!found) return 'unknown';
  if (found.Status === 'Enabled') return 'kept';
  return found.Status === 'Suspended' ? 'suspended' : 'none';
}

const daysOfYear = 365;

function retentionOf(found: GetObjectLockConfigurationCommandOutput | undefined): KeptVersions['retention'] {
  const { Mode, Days, Years } = found?.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
  const days = Days ?? (Years ?? 0) * daysOfYear;
  if (Mode === undefined || days === 0) return null;
  return { mode: Mode === 'COMPLIANCE' ? 'compliance' : 'governance', days };
}

function objectGone(address: string, name: string): HoldfastError {
  return storeFailure('STORE_FAILED', `${address} no longer has ${name}, which a backup needs.`, {
    hint: 'Run `holdfast store check NAME`, which notes what is missing; the next backup stores it again. Find out who deleted it.',
    details: { address, name },
    lasting: true,
  });
}

/** What a put says of the lock of its object. */
export function lockOf(
  lock: ObjectLock | undefined,
): Pick<PutObjectCommandInput, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'> {
  if (!lock) return {};
  return { ObjectLockMode: modeOf(lock.mode), ObjectLockRetainUntilDate: lock.until };
}

function modeOf(mode: ObjectLock['mode']): 'GOVERNANCE' | 'COMPLIANCE' {
  return mode === 'governance' ? 'GOVERNANCE' : 'COMPLIANCE';
}

/** Whether a put or a lock is refused because the bucket has no locks. */
export const saysNoLocks = (error: S3Error): boolean =>
  (statusOf(error) === 400 && /^(?:InvalidRequest|InvalidArgument)$/.test(codeOf(error))) ||
  statusOf(error) === 501;

export function locksMissing(address: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    'INVALID_CONFIGURATION',
    `The bucket of ${address} does not lock objects, as objectLock asks for: nothing was written.`,
    {
      cause,
      details: { address },
      hint: 'Use a bucket that was made with object lock (on AWS it can be turned on later, where versions are kept), or leave objectLock out.',
    },
  );
}
