import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedServer } from '../src/postgres/embedded/embedded.ts';

export interface BenchServer {
  url(database?: string): string;
  /** Of the postmaster; undefined for a server that is not ours. */
  pid: number | undefined;
  stop(): Promise<void>;
}

/** As somebody would set up a small server that matters: safe, with room for its caches. */
const settings = {
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  maintenance_work_mem: '128MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  checkpoint_timeout: '15min',
};

/** The server at `url`, or one of our own whose data stay in `data`, or in a directory that goes when it stops. */
export async function openServer(
  url: string | undefined,
  data: string | undefined,
  more: Record<string, string> = {},
): Promise<BenchServer> {
  if (url !== undefined) {
    return {
      url(database) {
        const address = new URL(url);
        if (database !== undefined) address.pathname = `/${database}`;
        return address.href;
      },
      pid: undefined,
      stop: async () => {},
    };
  }
  const directory = data ?? (await temporaryDirectory());
  const server = await startEmbeddedServer({
    dataDirectory: path.join(directory, 'postgres'),
    settings: { ...settings, ...more },
  });
  return {
    url: (database) => server.connectionString(database),
    pid: server.pid,
    async stop() {
      await server.stop();
      if (data === undefined) await fs.rm(directory, { recursive: true, force: true });
    },
  };
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-bench-'));
  // Started by root, the server runs as another user, who must get through to its own directory inside.
  await fs.chmod(directory, 0o755);
  return directory;
}
