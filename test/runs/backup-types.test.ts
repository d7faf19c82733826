import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { backupTypes, type BackupType } from '../../src/contract/backup-type.ts';
import { folder } from './sealed-system.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { importedFrom } from './store-contents.ts';

/** What becomes of a backup of each type, wherever the type decides. */
interface Behaviour {
  /** Plans of restores, comparisons and rows: `ok`, or why not. */
  asDatabase: 'ok' | 'BACKUP_OF_GLOBALS';
  /** In the history of a row. */
  inHistory: boolean;
  /** Whether the radar looks at it. */
  onRadar: boolean;
  /** A line that its download has. */
  script: RegExp;
}

const behaviours: Record<BackupType, Behaviour> = {
  full: { asDatabase: 'ok', inHistory: true, onRadar: true, script: /^COPY /im },
  partial: { asDatabase: 'ok', inHistory: true, onRadar: true, script: /^COPY /im },
  globals: {
    asDatabase: 'BACKUP_OF_GLOBALS',
    inHistory: false,
    onRadar: false,
    script: /^ALTER ROLE "postgres" WITH SUPERUSER/m,
  },
};

test('a backup of each type is what its type says, wherever one is read', async (t) => {
  const [store, other] = [`file://${await folder(t)}`, `file://${await folder(t)}`];
  const { db, another } = await testSystem(t, { sql: smallShop });
  const { api } = another({ store, stores: { other } });
  const taken = new Map<BackupType, number>();
  // The one without tables last: where it counted, it would be seen.
  for (const type of backupTypes) {
    const tables = type === 'partial' ? ['orders'] : [];
    const made = await api.createBackup({ type, tables, copyTo: ['other'], wait: true });
    taken.set(type, made.id);
    assert.equal(made.type, type);
  }
  const outcome = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'ok',
      ({ code }: { code: string }) => code,
    );
  for (const type of backupTypes) {
    const id = taken.get(type)!;
    const { asDatabase, onRadar, script } = behaviours[type];
    const rows = { table: 'orders', where: 'id = 1' };
    assert.deepEqual(
      {
        plan: await outcome(api.planRestore({ backupId: id, restoreType: 'partial', tables: ['orders'] })),
        rows: await outcome(api.findRows(id, { table: 'orders', limit: 1 })),
        diff: await outcome(api.diffBackup(id, { table: 'orders' })),
        chosen: await outcome(api.planRestore({ backupId: id, restoreType: 'rows', rows })),
      },
      { plan: asDatabase, rows: asDatabase, diff: asDatabase, chosen: asDatabase },
    );
    assert.equal((await api.verifyBackup(id, { level: 'content', wait: true })).status, 'completed');
    const [copy] = (await api.listCopies()).copies.filter(({ backupId }) => backupId === id);
    assert.equal((await api.waitForCopy(copy!.id)).status, 'completed');
    assert.match(await text((await api.downloadBackup(id, 'sql')).stream), script);
    const looked = await db.client.query(
      'select from system_backup_tables where backup_id = $1 and looked_at is not null',
      [id],
    );
    assert.equal(looked.rowCount === 1, onRadar, type);
    assert.deepEqual(
      (await api.listBackups({ type })).backups.map((each) => each.id),
      [id],
    );
  }
  const globals = taken.get('globals')!;
  const refused = { code: 'BACKUP_OF_GLOBALS' };
  await assert.rejects(api.restore({ backupId: globals, wait: true }), refused);
  await assert.rejects(api.drillBackup(globals), refused);
  const { backups, skipped } = await api.rowHistory({ table: 'orders', key: 1 });
  assert.deepEqual([backups, skipped], [backupTypes.filter((type) => behaviours[type].inHistory).length, []]);
  const { globals: contents, tables } = (await api.getBackup(globals)).contents!;
  assert.ok(contents?.roles.includes('postgres'));
  assert.deepEqual(tables, []);
  const status = await api.status();
  assert.ok(status.initialized);
  assert.equal(status.lastCompleted?.type, 'partial');
  assert.equal(status.recoveryPoint.backupId, taken.get('full'));

  // Another catalog finds them in the store as they are.
  await db.client.query('delete from system_backups');
  const written = (await api.listStores()).stores.find(({ role }) => role === 'written')!.name;
  assert.deepEqual((await importedFrom(api, written)).refused, []);
  assert.deepEqual(
    (await api.listBackups()).backups.map(({ type }) => type).toSorted(),
    backupTypes.toSorted(),
  );
});

test('passwords for encrypted stores alone come into no other, by a schedule and a copy neither', async (t) => {
  const store = `file://${await folder(t)}`;
  const { api } = (await testSystem(t)).another({ store });
  const refused = { code: 'PASSWORDS_UNSEALED' };
  const asked = { type: 'globals', passwords: 'sealed' } as const;
  // Of a store that is not there yet it turns out when the run makes it.
  await assert.rejects(api.createBackup({ ...asked, wait: true }), refused);
  await assert.rejects(api.createBackup(asked), refused);
  await assert.rejects(api.updateSchedule({ enabled: true, ...asked }), refused);
  await assert.rejects(api.createBackup({ type: 'full', passwords: 'sealed' }), { code: 'INVALID_REQUEST' });
  assert.equal((await api.listBackups()).total, 1);
});
