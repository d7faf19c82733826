import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { readCertificate, certificateText } from '../../src/format/certificate.ts';
import { smallShop, testSystem } from '../api/system.ts';

test('a drill over the API: verdict, certificate, figures, events', async (t) => {
  const system = await testSystem(t, {
    sql: smallShop,
    drill: { checks: [{ name: 'one', sql: 'select 1', expect: 1 }] },
  });
  const { api } = system;
  const { id, uuid } = await api.createBackup({ wait: true });
  await assert.rejects(api.getCertificate(id), { code: 'CERTIFICATE_NOT_FOUND' });
  const drill = await api.drillBackup(id, { wait: true });
  assert.equal(drill.verdict, 'passed', JSON.stringify(drill));
  assert.equal(drill.status, 'completed');
  assert.ok(drill.certified && drill.restoreMs! > 0 && drill.rawBytes! > 0);
  const certificate = await api.getCertificate(id);
  const { statement, signedBy } = readCertificate(certificateText(certificate));
  assert.equal(signedBy, null);
  assert.equal(statement.backup.uuid, uuid);
  assert.equal(statement.verdict, 'passed');
  assert.deepEqual((await api.getDrill(drill.id)).certificate, certificate);
  const { drills, total } = await api.listDrills();
  assert.deepEqual([drills[0]!.id, total], [drill.id, 1]);
  // Handed in again it is the same.
  assert.equal((await api.keepCertificate(certificate)).id, drill.id);
  await assert.rejects(api.getDrill(99), { code: 'DRILL_NOT_FOUND' });
  await assert.rejects(api.drillBackup(99), { code: 'BACKUP_NOT_FOUND' });
  assert.ok(HoldfastError);
});
