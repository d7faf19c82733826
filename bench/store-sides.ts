import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startRgw, withoutRgw } from '../test/support/rgw-server.ts';
import { holdfast, readBackup } from './holdfast-side.ts';
import type { DataSet } from './datasets/dataset.ts';
import { measure, type Command } from './measure.ts';
import type { Side } from './pairing.ts';
import type { BenchServer } from './server.ts';

export type PlaceKind = 'database' | 'directory' | 'sealed' | 's3' | 's3 sealed';

/** Where stores are made: each time another one, because for minutes after files were deleted ext4 is slow to make new ones. */
export interface StorePlaces {
  /** Environment of a command that uses a new store of that kind. */
  next(kind: PlaceKind): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

// A bucket of its memory holds all runs of a day.
const bucketBytes = 12 * 1024 ** 3;

export async function storePlaces(scratch: string, withS3: boolean): Promise<StorePlaces> {
  if (withS3 && withoutRgw) throw new Error(withoutRgw);
  const rgw = withS3 ? await startRgw(bucketBytes) : undefined;
  const s3 = rgw && {
    AWS_ACCESS_KEY_ID: rgw.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rgw.secretAccessKey,
    endpoint: rgw.endpoint,
  };
  let count = 0;

  /** A writer key belongs to one store. */
  async function writerKey(): Promise<string> {
    const folder = path.join(scratch, `keys_${count}`);
    await measure({ file: process.execPath, args: [cli, 'keygen', '--out', folder, '--json'] });
    return path.join(folder, 'writer.key');
  }

  return {
    async next(kind) {
      count++;
      if (kind === 'database') return {};
      const keys: Record<string, string> = kind.endsWith('sealed')
        ? { HOLDFAST_WRITER_KEY: await writerKey() }
        : {};
      if (kind === 'directory' || kind === 'sealed') {
        const folder = path.join(scratch, `store_${count}`);
        await fs.mkdir(folder);
        return { ...keys, HOLDFAST_STORE: `file://${folder}` };
      }
      const { endpoint, ...credentials } = s3!;
      const bucket = `bench-${count}`;
      const client = new S3Client({
        endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: {
          accessKeyId: credentials.AWS_ACCESS_KEY_ID,
          secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY,
        },
      });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      client.destroy();
      return { ...keys, ...credentials, HOLDFAST_STORE: `s3://${bucket}?endpoint=${endpoint}` };
    },
    async stop() {
      await rgw?.stop();
    },
  };
}

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** Backups into new stores of one kind; each is the first of its store. */
export function storeSide(
  server: BenchServer,
  set: DataSet,
  { kind, jobs, places }: { kind: PlaceKind; jobs: number; places: StorePlaces },
) {
  const own = holdfast(server, set, jobs);
  let env: Record<string, string> = {};
  const within = (command: Command): Command => ({ ...command, env: { ...command.env, ...env } });

  const backupSide: Side = {
    name: kind,
    async prepare() {
      env = await places.next(kind);
      await own.init();
      const command = within(await own.backupSide.prepare());
      if (kind !== 'database') await measure(within(own.command('store', 'create', env['HOLDFAST_STORE']!)));
      return command;
    },
    async finish({ stdout }) {
      return { bytes: readBackup(stdout).storedBytes };
    },
  };

  /** Takes one more backup into the same store. */
  const again = async (serverPid?: number) => measure(within(await own.backupSide.prepare()), serverPid);

  function restoreSide(id: number): Side {
    const inner = own.restoreSide(id);
    return { ...inner, name: kind, prepare: async () => within(await inner.prepare()) };
  }

  return { backupSide, again, restoreSide, restored: own.restored, forget: own.init };
}
