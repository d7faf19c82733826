import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Certificate, CertificateStatement } from '../../src/api/contract.ts';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { toNodeHandler } from '../../src/integrations/node.ts';
import { smallShop, testSystem, token, type TestSystem } from '../api/system.ts';
import { privateServer } from '../support/servers.ts';
import { holdfast, temporaryFolder, type Outcome } from './holdfast.ts';

function statementOf(outcome: Outcome): CertificateStatement {
  return JSON.parse(outcome.json<Certificate & Record<string, unknown>>().statement) as CertificateStatement;
}

async function served(t: TestContext, { system }: TestSystem): Promise<string> {
  const handle = toNodeHandler(system);
  const server = http.createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/admin`;
}

test('the newest backup of the catalog: certificate, exit codes, and a change of it', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id, uuid } = await api.createBackup({ wait: true });
  const folder = await temporaryFolder(t);
  const url = db.connectionString;
  const done = await holdfast(['drill', 'latest', '--json', '--quiet'], { url });
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual([statementOf(done).verdict, statementOf(done).backup.uuid], ['passed', uuid]);
  const file = path.join(folder, 'certificate.json');
  await fs.writeFile(file, done.stdout);
  const checked = await holdfast(['certificate', 'verify', file]);
  assert.equal(checked.code, 0, checked.stderr);
  assert.match(checked.stdout, /The certificate is whole\. It is not signed/);
  assert.match(checked.stdout, /came back: 2 tables, 550 rows/);
  await fs.writeFile(file, done.stdout.replace('passed', 'passeD'));
  assert.equal((await holdfast(['certificate', 'verify', file])).code, 7);

  // Into a server that is named; and the verdicts that are none.
  const scratch = await privateServer(t);
  const { host, port, user, password } = scratch.server;
  const to = `postgres://${user}:${password}@${host}:${port}/not_there`;
  const there = await holdfast(['drill', String(id), '--to', to, '--json', '--quiet'], { url });
  assert.equal(there.code, 0, there.stderr);
  assert.equal(statementOf(there).server.kind, 'url');
  const checks = JSON.stringify([{ name: 'rows', sql: 'select count(*) from orders', expect: 1 }]);
  const failed = await holdfast(['drill', String(id)], { url, env: { HOLDFAST_DRILL_CHECKS: checks } });
  assert.equal(failed.code, 7, failed.stderr);
  assert.match(failed.stdout, /did not come back: rows: It gave 500 instead of 1/);
  const source = await holdfast(['drill', String(id), '--to', url], { url });
  assert.equal(source.code, 4, source.stderr);
  assert.match(source.stderr, /is the server of the source/);
  assert.ok(!`${source.stderr}${there.stderr}`.includes(String(password)));
});

test('an encrypted store alone: signed, checked, handed in to the application that cannot open it', async (t) => {
  const { recoveryKey, writerKey } = await createKeySet();
  const [folder, keys] = [await temporaryFolder(t), await temporaryFolder(t)];
  const identity = path.join(keys, 'recovery.key');
  const writer = path.join(keys, 'writer.key');
  await Promise.all([fs.writeFile(identity, recoveryKey), fs.writeFile(writer, writerKey)]);
  const store = `file://${folder}`;
  const shop = await testSystem(t, { sql: smallShop, store, writerKey });
  const { id, uuid } = await shop.api.createBackup({ wait: true });
  await assert.rejects(shop.api.drillBackup(id, { wait: true }), { code: 'KEY_REQUIRED' });
  const address = await served(t, shop);
  const asked = [
    'drill',
    'latest',
    '--store',
    store,
    '--identity',
    identity,
    '--report-to',
    address,
    '--json',
  ];
  const env = { HOLDFAST_WRITER_KEY: writer, HOLDFAST_TOKEN: token };
  const done = await holdfast(asked, { env });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /handed in/);
  const certificate = await shop.api.getCertificate(id);
  assert.deepEqual(certificate, done.json());
  const { drills } = await shop.api.listDrills();
  assert.deepEqual(
    [drills[0]!.trigger, drills[0]!.verdict, drills[0]!.backupUuid],
    ['reported', 'passed', uuid],
  );

  const file = path.join(keys, 'certificate.json');
  await fs.writeFile(file, done.stdout);
  for (const key of [writer, certificate.signature!.key]) {
    const checked = await holdfast(['certificate', 'verify', file, '--key', key]);
    assert.match(checked.stdout, /as it must be/, checked.stderr);
  }
  const other = path.join(keys, 'other.key');
  await fs.writeFile(other, (await createKeySet()).writerKey);
  assert.equal((await holdfast(['certificate', 'verify', file, '--key', other])).code, 7);
  // Signed by another key than the store's, it is not kept.
  const forged = await shop.call('POST', '/api/admin/certificates', {
    body: {
      ...certificate,
      signature: { key: certificate.signature!.key, value: Buffer.alloc(64).toString('base64') },
    },
  });
  assert.deepEqual([forged.status, forged.body.code], [422, 'SIGNATURE_INVALID']);
  const refused = await holdfast(asked, { env: { ...env, HOLDFAST_TOKEN: 'wrong-token-0123456789' } });
  assert.equal(refused.code, 5, refused.stderr);
  // Without the writer key it is not signed, and believed because an admin hands it in.
  const unsigned = await holdfast(asked, { env: { HOLDFAST_TOKEN: token } });
  assert.equal(unsigned.code, 0, unsigned.stderr);
  assert.equal(unsigned.json<Certificate & Record<string, unknown>>().signature, undefined);
});
