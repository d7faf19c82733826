import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { holdfast } from '../cli/holdfast.ts';
import { catalogText, filesIn, folder, placesOf, sealedSystem, type SealedPlace } from './sealed-system.ts';

const words = [
  'plantedtable',
  'plantedcolumn',
  'plantedrow',
  'plantedcomment',
  'plantedfunction',
  'plantedtype',
];
const sql = `
  create type plantedtype as enum ('plantedrow0');
  create table plantedtable (id int primary key, plantedcolumn text, kind plantedtype default 'plantedrow0');
  comment on table plantedtable is 'plantedcomment';
  create function plantedfunction() returns int language sql as 'select 1';
  insert into plantedtable select n, 'plantedrow' || n from generate_series(1, 5000) n;
  select lo_from_bytea(0, 'plantedrow in a large object');
`;

for (const place of ['directory', 'database'] as SealedPlace[]) {
  test(`nothing of the rows, names and keys is in a sealed ${place}, in logs and in what the commands say`, async (t) => {
    const sealed = await sealedSystem(t, { sql, place });
    const { api, db, writerKey, secret, directory } = sealed;
    const { nameKey, signingKey } = JSON.parse(writerKey) as { nameKey: string; signingKey: string };
    const secrets = [...words, secret, nameKey, signingKey];
    const { id } = await api.createBackup({ wait: true, description: 'a backup' });
    const failures: string[] = [];
    for (const attempt of [
      () => api.verifyBackup(id, { wait: true }),
      () => api.restore({ backupId: id, wait: true }),
      () => api.downloadBackup(id),
      () => api.missingTables(),
    ]) {
      await attempt().catch((error: unknown) => failures.push(JSON.stringify(error), String(error)));
    }
    assert.equal(failures.length, 8);
    const outputs: [string, string][] = [];
    if (place === 'directory') {
      const file = path.join(await folder(t), 'writer.key');
      await fs.writeFile(file, writerKey, { mode: 0o600 });
      const env = {
        HOLDFAST_STORE: `file://${directory}`,
        HOLDFAST_WRITER_KEY: file,
        HOLDFAST_LOG_LEVEL: 'debug',
      };
      for (const args of [
        ['backup'],
        ['backup', '--json'],
        ['list'],
        ['list', '--json'],
        ['show', String(id)],
        ['verify', String(id)],
        ['restore', String(id), '--yes'],
        ['download', String(id), '-o', '-'],
        ['status'],
        ['store', 'list'],
      ]) {
        const { stdout, stderr } = await holdfast(args, { url: db.connectionString, env });
        assert.ok(stdout.length + stderr.length > 0, args.join(' '));
        outputs.push([args.join(' '), stdout + stderr]);
      }
      const alone = await holdfast(['list', '--store', `file://${directory}`], { url: db.connectionString });
      outputs.push(['list --store', alone.stdout + alone.stderr]);
    }

    const store: [string, string | Buffer][] = [...(await filesIn(directory))];
    const { rows } = await db.client.query<{ name: string; content: string }>(
      `select 'document of backup ' || id as name, backup_data::text as content from system_backups where backup_data is not null
       union all select 'chunk', data::text from system_backup_chunks
       union all select 'document ' || name, encode(content, 'escape') from system_backup_documents`,
    );
    for (const { name, content } of rows) {
      store.push([name, content]);
      // Chunks and roots are base64 in JSON.
      for (const [text] of content.matchAll(/[A-Za-z0-9+/]{100,}={0,2}/g))
        store.push([name, Buffer.from(text, 'base64')]);
    }
    assert.ok(store.length > 3);
    assert.deepEqual(placesOf(secrets, store), [], 'the store');
    const said: [string, string][] = [
      ['the log', sealed.log.join('\n')],
      ['the errors', failures.join('\n')],
      ...outputs,
    ];
    assert.deepEqual(placesOf(secrets, said), [], 'what was said');
    assert.deepEqual(
      placesOf([secret, nameKey, signingKey], [['the catalog', await catalogText(db.client)]]),
      [],
    );
    // What is searched for would be found: where nothing is sealed the names and rows are plain in the definitions.
    const opened = await api.getBackupSchema(id, { identity: sealed.recoveryKey });
    assert.ok(opened.includes('plantedtable') && opened.includes('plantedcomment'));
  });
}
