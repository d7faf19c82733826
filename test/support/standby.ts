import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from './connect.ts';
import { newDirectory, startTestServer } from './server-start.ts';
import { serverTarget, type PrivateServer } from './servers.ts';
import { until } from './until.ts';

export interface Standby {
  target: (database?: string) => ConnectionTarget;
  /** Waits until it has everything that the primary has committed by now. */
  caughtUp: () => Promise<void>;
  client: (database?: string) => Promise<pg.Client>;
}

/** A streaming replica of a running server, removed after the test. pg_basebackup is not at hand, so its work is done here. */
export async function standbyOf(t: TestContext, primary: PrivateServer): Promise<Standby> {
  const { major, server } = primary;
  const parent = await newDirectory();
  const data = path.join(parent, `pg${major}`);
  const admin = await openClient(primary.target());
  t.after(() => admin.end().catch(() => {}));
  await admin.query(
    major >= 15
      ? `select pg_backup_start('standby', true)`
      : `select pg_start_backup('standby', true, false)`,
  );
  // Files that come and go while they are copied are brought right by the log.
  await promisify(execFile)('cp', ['-a', server.dataDirectory, data]).catch(() => {});
  const { rows } = await admin.query<{ labelfile: string }>(
    `select labelfile from ${major >= 15 ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'}`,
  );
  const owner = await fs.stat(path.join(data, 'PG_VERSION'));
  for (const [name, content] of [
    ['backup_label', rows[0]!.labelfile],
    ['standby.signal', ''],
  ] as const) {
    await fs.writeFile(path.join(data, name), content);
    await fs.chown(path.join(data, name), owner.uid, owner.gid);
  }
  await fs.rm(path.join(data, 'postmaster.pid'), { force: true });
  await fs.writeFile(`${data}.password`, `${server.password}\n`, { mode: 0o600 });
  const { host, port, user, password } = server;
  const standby = await startTestServer(major, {
    parent,
    settings: { primary_conninfo: `host=${host} port=${port} user=${user} password=${password}` },
  });
  t.after(async () => {
    await standby.stop('immediate');
    await fs.rm(parent, { recursive: true, force: true });
  });
  const client = async (database?: string): Promise<pg.Client> => {
    const opened = await openClient(serverTarget(standby, database));
    t.after(() => opened.end().catch(() => {}));
    return opened;
  };
  const watcher = await client();
  return {
    target: (database) => serverTarget(standby, database),
    client,
    async caughtUp() {
      const { rows: now } = await admin.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
      await until(async () => {
        const { rows: there } = await watcher.query(`select pg_last_wal_replay_lsn() >= $1 as yes`, [
          now[0]!.lsn,
        ]);
        return there[0].yes === true;
      });
    },
  };
}
