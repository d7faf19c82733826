import { z } from 'zod';
import type { Logger } from './base/logger.ts';
import { authSettings } from './contract/auth-settings.ts';
import { drillSettings } from './contract/drill-settings.ts';
import { fourEyesSettings } from './contract/four-eyes-settings.ts';
import { keptRowsSettings } from './contract/kept-rows-settings.ts';
import {
  catalogSetting,
  databasesSetting,
  enrolSettings,
  maxRunsSetting,
} from './contract/several-settings.ts';
import { targetSettings } from './contract/target-settings.ts';
import { tenantSettings } from './contract/tenant-settings.ts';
import { facts, setting, type Facts } from './contract/setting.ts';

const database = z.union([z.string().min(1), z.record(z.string(), z.unknown())]);
const credentials = z.record(z.string().max(100), z.string().max(100_000).optional());
const objectLock = z.strictObject({
  mode: z.enum(['governance', 'compliance']),
  days: z.number().int().min(1).max(36_500),
});
const objectLockText = z
  .string()
  .regex(/^(?:governance|compliance):[1-9][0-9]{0,4}$/, 'must be governance:DAYS or compliance:DAYS')
  .transform((text) => {
    const [mode = '', days] = text.split(':');
    return { mode, days: Number(days) };
  })
  .pipe(objectLock);
const storeOptions = z.strictObject({
  address: z.string().min(1).max(2_000),
  writerKey: z.string().min(1).max(100_000).optional(),
  identity: z.string().min(1).max(100_000).optional(),
  credentials: credentials.optional(),
  objectLock: objectLock.optional(),
});
const storeName = z.string().min(1).max(2_000);
/** Each setting has a schema of its own, by which it is known. */
const keyFile = () => z.string().min(1).max(100_000).optional();
/** Every option of `createBackupSystem`, with its limits, its default and the variable that sets it. */
export const optionsSchema = z.strictObject({
  database: setting(database.optional(), {
    variable: 'DATABASE_URL',
    secret: true,
    flag: '--database-url',
    meaning:
      'the database: a connection string, or what the driver takes. Without `DATABASE_URL`, `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD` and `PGDATABASE` count',
  }),
  directDatabase: setting(database.optional(), {
    variable: 'HOLDFAST_DIRECT_URL',
    secret: true,
    as: 'text',
    meaning: 'address of the server itself, used instead of `database` if that is the address of a pooler',
  }),
  databases: databasesSetting,
  catalog: catalogSetting,
  enrol: enrolSettings,
  maxRuns: maxRunsSetting,
  auth: authSettings,
  basePath: setting(
    z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)*\/?$/, 'must be a path such as /api/admin')
      .default('/api/admin'),
    { variable: 'HOLDFAST_BASE_PATH', as: 'text', meaning: 'where the endpoints are' },
  ),
  schema: setting(
    z
      .string()
      .min(1)
      .refine((name) => !name.includes('\0') && Buffer.byteLength(name) <= 63, 'must be an identifier')
      .default('public'),
    {
      variable: 'HOLDFAST_SCHEMA',
      as: 'text',
      flag: '--schema',
      meaning: "schema of Holdfast's own tables; `holdfast` is better than the default, see above",
    },
  ),
  stores: setting(z.record(z.string(), z.union([storeName, storeOptions])).optional(), {
    meaning:
      'backup stores by name: an address, or `{address, writerKey, identity, credentials, objectLock}`; [STORES.md](STORES.md) has the addresses',
  }),
  store: setting(storeName.optional(), {
    variable: 'HOLDFAST_STORE',
    as: 'text',
    flag: '--store',
    otherwise: '`database:`',
    meaning: 'where backups are written: a name of `stores`, or an address, or `name=ADDRESS`',
  }),
  copyTo: setting(z.union([storeName, z.array(storeName)]).optional(), {
    variable: 'HOLDFAST_COPY_TO',
    as: 'list',
    flag: '--copy-to',
    meaning: 'where each backup is copied to, in the same way; in the variable, separated by commas',
  }),
  writerKey: setting(keyFile(), {
    variable: 'HOLDFAST_WRITER_KEY',
    secret: true,
    as: 'text',
    meaning:
      'writer key of an encrypted store, as a file or its content: it seals and signs, and opens nothing',
  }),
  identity: setting(keyFile(), {
    variable: 'HOLDFAST_IDENTITY',
    secret: true,
    as: 'text',
    flag: '--identity',
    meaning:
      'recovery key of an encrypted store, as a file or its content; safer given for a single run than kept by the application',
  }),
  storeCredentials: setting(
    z.strictObject({ s3: credentials, azure: credentials, sftp: credentials }).partial().optional(),
    {
      otherwise: 'the variables that [STORES.md](STORES.md) names',
      meaning: 'credentials of stores that have none of their own: `{s3, azure, sftp}`',
    },
  ),
  objectLock: setting(z.union([objectLock, objectLockText]).optional(), {
    variable: 'HOLDFAST_OBJECT_LOCK',
    as: 'text',
    otherwise: 'no locks',
    meaning:
      'how stores in buckets of S3 that have none of their own lock what a backup needs: `{mode, days}`, in the variable `governance:30` or `compliance:30`; [STORES.md](STORES.md#locks) says what that means',
  }),
  storeTestHours: setting(z.number().int().min(0).max(8_760).default(24), {
    variable: 'HOLDFAST_STORE_TEST_HOURS',
    as: 'number',
    meaning:
      'how often stores outside the database are tried with objects of their own, in hours; one that failed is tried again after an hour; `0` for never',
  }),
  drill: drillSettings,
  tenants: tenantSettings,
  keptRows: keptRowsSettings,
  fourEyes: fourEyesSettings,
  scrubDays: setting(z.number().int().min(0).max(3_650).default(30), {
    variable: 'HOLDFAST_SCRUB_DAYS',
    as: 'number',
    meaning:
      'in how many days every byte of each store with backups is read again, a part of it each day; [PROOF.md](PROOF.md#the-scrub) says what that proves; `0` for never',
  }),
  rereadDays: setting(z.number().int().min(0).max(3_650).default(30), {
    variable: 'HOLDFAST_REREAD_DAYS',
    as: 'number',
    meaning:
      'within how many days a backup reads again what has not changed, and compares it with what it has been taken to be; [INCREMENTAL.md](INCREMENTAL.md#what-makes-it-safe); `0` for never',
  }),
  targets: targetSettings,
  jobs: setting(z.number().int().min(1).max(64).default(2), {
    variable: 'HOLDFAST_JOBS',
    as: 'number',
    flag: '--jobs',
    meaning: 'connections that move data in parallel',
  }),
  maxWorkers: setting(z.number().int().min(1).max(64).default(1), {
    variable: 'HOLDFAST_MAX_WORKERS',
    as: 'number',
    flag: '--max-workers',
    meaning:
      'how many machines may work on one backup, or on one restore into a new database; see [Several machines](#several-machines-on-one-run)',
  }),
  compressionLevel: setting(z.number().int().min(1).max(19).default(2), {
    variable: 'HOLDFAST_COMPRESSION_LEVEL',
    as: 'number',
    meaning:
      'zstd level of new chunks; 2 is tuned for table data: the size of level 3 in two thirds of the time',
  }),
  // 2 147 483 647 is the server's own limit.
  lockTimeoutMs: setting(z.number().int().min(1).max(2_147_483_647).default(30_000), {
    variable: 'HOLDFAST_LOCK_TIMEOUT_MS',
    as: 'number',
    meaning: 'how long a run waits for a lock, in milliseconds',
  }),
  silenceTimeoutMs: setting(z.number().int().min(1_000).max(86_400_000).default(60_000), {
    variable: 'HOLDFAST_SILENCE_TIMEOUT_MS',
    as: 'number',
    meaning:
      'how long the server may be silent, in milliseconds, before Holdfast asks whether it is still working',
  }),
  worker: setting(z.boolean().default(true), {
    variable: 'HOLDFAST_WORKER',
    as: 'switch',
    meaning: 'whether this process performs runs; if not, it only orders them and others perform them',
  }),
  maxQueued: setting(z.number().int().min(1).max(10_000).default(100), {
    variable: 'HOLDFAST_MAX_QUEUED',
    as: 'number',
    meaning:
      'the most runs in the queue; one more is answered with 429 and `Retry-After`. Scheduled runs are not limited',
  }),
  maxDownloads: setting(z.number().int().min(1).max(100).default(4), {
    variable: 'HOLDFAST_MAX_DOWNLOADS',
    as: 'number',
    meaning: 'the most downloads at once in a process; one more is answered with 429 and `Retry-After`',
  }),
  downloadIdleMs: setting(z.number().int().min(1_000).max(86_400_000).default(300_000), {
    variable: 'HOLDFAST_DOWNLOAD_IDLE_MS',
    as: 'number',
    meaning: 'a download ends when its reader takes nothing for this time, in milliseconds',
  }),
  idlePollSeconds: setting(z.number().int().min(0).max(86_400).default(60), {
    variable: 'HOLDFAST_IDLE_POLL_SECONDS',
    as: 'number',
    meaning: 'how often an idle process queries the database, in seconds; `0` for never, see above',
  }),
  maxBodyBytes: setting(z.number().int().min(1_024).max(1_073_741_824).default(1_048_576), {
    variable: 'HOLDFAST_MAX_BODY_BYTES',
    as: 'number',
    meaning: 'the largest request body, in bytes',
  }),
  logger: setting(
    z
      .custom<Logger>(
        (value) => typeof (value as Logger | null)?.log === 'function',
        'must have a log method',
      )
      .optional(),
    {
      variable: 'HOLDFAST_LOG_LEVEL',
      otherwise: '`info`; commands other than `serve` and `worker` log only if the variable is set',
      meaning:
        'where log records go: one JSON object per line on stderr, from the level in the variable upwards: `debug`, `info`, `warn` or `error`',
    },
  ),
});

/** One option, by the way it is set. */
export interface Setting extends Facts {
  /** As a path: `auth.token`. */
  readonly path: readonly string[];
  readonly schema: z.ZodType;
}

/** Every option, those in groups too. */
export const settings: readonly Setting[] = settingsOf(optionsSchema, []);

function settingsOf(group: z.ZodObject, above: readonly string[]): Setting[] {
  return Object.entries(group.shape as Record<string, z.ZodType>).flatMap(([name, schema]) => {
    const path = [...above, name];
    const known = facts.get(schema);
    if (known) return [{ path, schema, ...known }];
    const isOuter = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
    const group = isOuter ? schema.def.innerType : schema;
    if (group instanceof z.ZodObject) return settingsOf(group, path);
    throw new Error(`nothing is said of the option ${path.join('.')}`);
  });
}
