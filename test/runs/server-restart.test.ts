import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { openClient } from '../support/connect.ts';
import { newDirectory, startTestServer } from '../support/server-start.ts';
import { caller, smallShop, token } from '../api/system.ts';

test('a server that goes down during a run and comes back: the run has failed, the next one works', async (t) => {
  const parent = await newDirectory();
  t.after(() => fs.rm(parent, { recursive: true, force: true }));
  let server = await startTestServer(18, { parent });
  t.after(() => server.stop());
  const database = server.connectionString('postgres');
  const system = createBackupSystem({ database, auth: { token }, logger: silentLogger });
  t.after(() => system.stop());
  const { api } = system;
  const client = await openClient({ connectionString: database });
  await client.query(smallShop);
  await api.init();
  await client.query('begin; lock table orders in access exclusive mode');
  const { id } = await api.createBackup();

  await server.stop('immediate');
  const down = await caller(system)('GET', '/api/admin/backup');
  assert.equal(down.status, 503);
  assert.equal(down.body.code, 'DATABASE_UNREACHABLE');
  server = await startTestServer(18, { parent, port: server.port });

  await assert.rejects(api.waitForBackup(id), (error: Error & { code: string }) => {
    assert.ok(['INTERRUPTED', 'DATABASE_UNREACHABLE'].includes(error.code), error.code);
    return true;
  });
  assert.ok(['interrupted', 'failed'].includes((await api.getBackup(id)).status));
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
});
