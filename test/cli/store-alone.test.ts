import { oneInTurn } from '../support/servers.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { readManifest } from '../../src/engine/read/manifest.ts';
import { openStoreAlone } from '../../src/engine/stores/read-alone.ts';
import { rangeChunks } from '../../src/format/manifest.ts';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { parseAddress } from '../../src/store/objects/address.ts';
import { smallShop } from '../api/system.ts';
import { addressOf, counts, lostShop, reader, whole, type Shop } from './lost-shop.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { holdfast, launch, temporaryFolder, until, type Outcome } from './holdfast.ts';

/** Writes a document as the store does, with a hash of its own that matches. */
async function writeDocument(folder: string, uuid: string, document: string): Promise<void> {
  const sha256 = createHash('sha256').update(document).digest('hex');
  await fs.writeFile(path.join(folder, 'backups', uuid), `${document}\n${JSON.stringify({ sha256 })}\n`);
}

async function readDocument(folder: string, uuid: string): Promise<string> {
  return (await fs.readFile(path.join(folder, 'backups', uuid), 'utf8')).split('\n')[0]!;
}

/** Changes a byte of the first chunk of a table, in an object of its own or in a pack. */
async function damageTable(folder: string, store: string, uuid: string, table: string): Promise<void> {
  const opened = await openStoreAlone({ name: 'test', address: parseAddress(store) });
  await opened.readIndex();
  const manifest = await readManifest(opened.store, await opened.store.getManifest(uuid), uuid);
  const found = manifest.tables.find(({ name }) => name === table)!;
  const { id } = rangeChunks(found.ranges)[0]!;
  const own = path.join(folder, 'chunks', id.slice(0, 2), id);
  const alone = await fs.readFile(own).catch(() => undefined);
  if (alone) {
    alone[alone.length >> 1]! ^= 1;
    return fs.writeFile(own, alone);
  }
  for (const name of await fs.readdir(folder, { recursive: true })) {
    if (!/^packs\/..\/[0-9a-f]{64}$/.test(name)) continue;
    const pack = await fs.readFile(path.join(folder, name));
    const index = JSON.parse(pack.toString('latin1').split('\n').at(-3)!) as {
      chunks: { id: string; offset: number; bytes: number }[];
    };
    const place = index.chunks.find((each) => each.id === id);
    if (!place) continue;
    pack[place.offset + (place.bytes >> 1)]! ^= 1;
    return fs.writeFile(path.join(folder, name), pack);
  }
  assert.fail(`no pack holds ${id}`);
}

interface Listed {
  store: { address: string; id: string; sealed: boolean };
  backups: {
    uuid: string;
    counter: number | null;
    sealed: boolean | null;
    state: string;
    contents: Record<string, unknown> | null;
    error: { code: string; message: string } | null;
  }[];
  total: number;
  notes: string[];
}

for (const sealed of [false, true]) {
  test(`with nothing but a ${sealed ? 'sealed' : 'plain'} store: list, show and verify`, async (t) => {
    const { run, store, uuids } = await lostShop(t, { sealed });
    const listed = (await run('list', '--json')).json<Listed>();
    assert.deepEqual([listed.store.address, listed.store.sealed, listed.total], [store, sealed, 2]);
    assert.deepEqual(listed.notes, []);
    assert.deepEqual(
      listed.backups.map(({ uuid, counter, state, error }) => [uuid, counter, state, error]),
      [
        [uuids[1], 2, 'readable', null],
        [uuids[0], 1, 'readable', null],
      ],
    );
    const { rows, tables, type, description } = listed.backups[0]!.contents!;
    assert.deepEqual([rows, tables, type, description], [549, 2, 'full', 'the last one']);
    const text = (await run('list')).stdout;
    assert.match(text, new RegExp(`${uuids[1]} .* 549 .*: the last one`));

    const shown = (await run('show', 'latest', '--json')).json<{ backup: Record<string, unknown> }>().backup;
    assert.deepEqual([shown['uuid'], shown['counter'], shown['sealed']], [uuids[1], 2, sealed]);
    assert.match((await run('show', uuids[0]!)).stdout, /public\.orders +500 /);

    const verified = await run('verify', '--backup', 'latest', '--json');
    assert.equal(verified.code, 0, verified.stdout);
    const { verification } = verified.json<{
      verification: { backupUuid: string; report: { rows: number } };
    }>();
    assert.deepEqual([verification.backupUuid, verification.report.rows], [uuids[1], 549]);
    const said = await run('verify', uuids[0]!);
    assert.match(said.stdout, new RegExp(`Backup ${uuids[0]} is complete: 2 tables, 550 rows`));
  });
}

test('without its key an encrypted store says what its headers say, and which key shows more', async (t) => {
  const { store, uuids, identity } = await lostShop(t, { sealed: true });
  const run = (...args: string[]): Promise<Outcome> => holdfast([...args, '--store', store]);
  const recipient = /^# public key: (age1\S+)$/m.exec(await fs.readFile(identity, 'utf8'))![1]!;
  const listed = (await run('list', '--json')).json<Listed>();
  assert.deepEqual(
    listed.backups.map(({ uuid, counter, sealed, state, contents, error }) => [
      uuid,
      counter,
      sealed,
      state,
      contents,
      error?.code,
    ]),
    [2, 1].map((n) => [uuids[n - 1], n, true, 'locked', null, 'KEY_REQUIRED']),
  );
  assert.equal(listed.notes.length, 1);
  assert.ok(listed.notes[0]!.includes(recipient), listed.notes[0]);
  assert.equal((await run('list')).code, 0);
  const { recoveryKey } = await createKeySet();
  const wrong = path.join(await temporaryFolder(t), 'wrong.key');
  await fs.writeFile(wrong, recoveryKey.replaceAll(/^# .*\n/gm, ''));
  for (const command of ['show', 'verify']) {
    for (const key of [[], ['--identity', wrong]]) {
      const { code, stdout } = await run(command, 'latest', '--json', ...key);
      assert.equal(code, 5, stdout);
      assert.equal((JSON.parse(stdout) as { code: string }).code, 'KEY_REQUIRED');
    }
  }
});

for (const sealed of oneInTurn([false, true])) {
  const kind = sealed ? 'sealed' : 'plain';
  test(`out of a ${kind} store alone into a database that did not exist`, async (t) => {
    const { run, db, store, uuids } = await lostShop(t, { sealed });
    const database = db.freeName();
    const to = addressOf(db, database);
    const plan = await run('restore', 'latest', '--to', to, '--dry-run', '--json');
    assert.equal(plan.code, 0, plan.stdout);
    assert.deepEqual(plan.json<{ plan: { refusals: unknown[] } }>().plan.refusals, []);
    const restored = await run('restore', 'latest', '--to', to, '--yes', '--json');
    assert.equal(restored.code, 0, restored.stdout);
    const { restore } = restored.json<{
      restore: { backupUuid: string; database: string; report: { rows: number } };
    }>();
    assert.deepEqual([restore.backupUuid, restore.database, restore.report.rows], [uuids[1], database, 549]);
    const { client } = await db.adopt(database);
    assert.deepEqual((await client.query(counts)).rows[0], whole);

    const again = await run('restore', uuids[0]!, '--to', to, '--yes', '--json');
    assert.equal(again.code, 4, again.stdout);
    assert.equal(again.json()['code'], 'DATABASE_EXISTS');
    assert.deepEqual((await client.query(counts)).rows[0], whole);

    if (sealed) {
      const locked = await holdfast([
        'restore',
        'latest',
        '--store',
        store,
        '--to',
        addressOf(db, db.freeName()),
        '--json',
      ]);
      assert.equal(locked.code, 5);
      assert.equal(locked.json()['code'], 'KEY_REQUIRED');
    }
  });

  test(`rows out of a ${kind} store alone into a database that is there`, async (t) => {
    const { run, db, uuids } = await lostShop(t, { sealed });
    const database = db.freeName();
    const to = addressOf(db, database);
    assert.equal((await run('restore', 'latest', '--to', to, '--yes', '--json')).code, 0);
    const { client } = await db.adopt(database);
    await client.query('delete from orders where id in (5, 7)');
    const wanted = ['restore', 'latest', '--to', to, '--table', 'orders', '--rows', 'id in (5, 7, 9)'];
    const other = await run(...wanted, '--yes', '--json');
    assert.equal(other.json()['code'], 'OTHER_DATABASE');
    const dry = await run(...wanted, '--from-other-database', '--dry-run');
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /public\.orders +2 +0 +1/);
    const unconfirmed = await run(...wanted, '--from-other-database');
    assert.equal(unconfirmed.code, 2, unconfirmed.stderr);
    assert.match(unconfirmed.stderr, /no safety backup is taken/);
    const done = await run(...wanted, '--from-other-database', '--yes', '--json');
    assert.equal(done.code, 0, done.stdout);
    const { restore } = done.json<{
      restore: { backupUuid: string; database: string; report: { rows: number } };
    }>();
    assert.deepEqual([restore.backupUuid, restore.database, restore.report.rows], [uuids[1], database, 2]);
    assert.deepEqual((await client.query(counts)).rows[0], whole);
  });

  test(`a download of a ${kind} store alone, restored by psql`, psqlOrSkip, async (t) => {
    const { run, db, uuids } = await lostShop(t, { sealed });
    const file = path.join(await temporaryFolder(t), 'shop.sql');
    const { code, stdout } = await run('download', 'latest', '-o', file, '--json');
    assert.equal(code, 0, stdout);
    const { uuid, bytes } = JSON.parse(stdout) as { uuid: string; bytes: number };
    assert.deepEqual([uuid, bytes], [uuids[1], (await fs.stat(file)).size]);
    const empty = await db.createDatabase();
    const psql = spawnSync('psql', [
      '-X',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-d',
      empty.connectionString,
      '-f',
      file,
    ]);
    assert.equal(psql.status, 0, psql.stderr.toString());
    assert.deepEqual((await empty.client.query(counts)).rows[0], whole);
  });
}

test('a restore of what is damaged leaves no database, one of what is missing begins none', async (t) => {
  const { run, folder, store, uuids, db } = await lostShop(t);
  const to = addressOf(db, db.freeName());
  await damageTable(folder, store, uuids[1]!, 'orders');
  const damaged = await run('restore', 'latest', '--to', to, '--json');
  assert.equal(damaged.code, 7, damaged.stdout);
  assert.equal(damaged.json()['code'], 'CHUNK_CORRUPT');
  await fs.rm(path.join(folder, 'packs'), { recursive: true });
  const missing = await run('restore', uuids[1]!, '--to', to, '--json');
  assert.equal(missing.code, 7, missing.stdout);
  assert.equal(missing.json()['code'], 'CHUNK_MISSING');
  const { client } = await db.createDatabase();
  const { rows } = await client.query(
    `select datname from pg_database where datname = $1 or datname like 'holdfast\\_unfinished\\_%' || $1`,
    [new URL(to).pathname.slice(1)],
  );
  assert.deepEqual(rows, []);
});

test('Ctrl-C drops the unfinished database and says so', async (t) => {
  const slowAtRestore = `create materialized view slow as
    select pg_sleep(case when current_database() like 'holdfast_unfinished%' then 600 else 0 end)::text as waited`;
  const { store, db } = await lostShop(t, { sql: `${smallShop}; ${slowAtRestore}` });
  const database = db.freeName();
  const { client } = await db.createDatabase();
  const there = async (): Promise<string[]> => {
    const { rows } = await client.query<{ datname: string }>(
      `select datname from pg_stat_activity where query ilike '%refresh materialized%' and datname like '%' || $1`,
      [database],
    );
    return rows.map(({ datname }) => datname);
  };
  const restore = launch(['restore', 'latest', '--store', store, '--to', addressOf(db, database), '--json']);
  await until('the restore is at the view', async () => (await there()).length > 0);
  const [unfinished] = await there();
  restore.child.kill('SIGINT');
  const { code, json } = await restore.ended;
  assert.equal(json()['code'], 'CANCELLED');
  assert.equal(code, 130);
  assert.match(String(json()['hint']), new RegExp(`unfinished database ${database} was dropped`));
  const left = await client.query('select from pg_database where datname = any ($1)', [
    [database, unfinished],
  ]);
  assert.equal(left.rowCount, 0);
});

test('damaged chunks are named by their tables, in packs and alone', async (t) => {
  const { run, folder, store, uuids } = await lostShop(t);
  for (const table of ['customers', 'orders']) await damageTable(folder, store, uuids[1]!, table);
  const { code, stdout } = await run('verify', 'latest', '--json');
  assert.equal(code, 7, stdout);
  const failed = JSON.parse(stdout) as { code: string; details: { tables: string[] } };
  assert.equal(failed.code, 'CHUNK_CORRUPT');
  assert.deepEqual(failed.details.tables.toSorted(), ['public.customers', 'public.orders']);
  assert.match((await run('verify', 'latest')).stderr, /public\.orders/);
});

const attacks: [string, (shop: Shop) => Promise<void>, Record<'plain' | 'sealed', string>][] = [
  [
    'a flipped document',
    async ({ folder, uuids }) => {
      const file = path.join(folder, 'backups', uuids[1]!);
      const content = await fs.readFile(file);
      content[content.length >> 1]! ^= 1;
      await fs.writeFile(file, content);
    },
    { plain: 'MANIFEST_INVALID', sealed: 'MANIFEST_INVALID' },
  ],
  [
    'a document whose header was changed with its hash',
    async ({ folder, uuids }) => {
      const document = JSON.parse(await readDocument(folder, uuids[1]!)) as { header: string };
      document.header = document.header.replace('"counter":2', '"counter":0');
      await writeDocument(folder, uuids[1]!, JSON.stringify(document));
    },
    { plain: 'MANIFEST_INVALID', sealed: 'SIGNATURE_INVALID' },
  ],
  [
    'an older document in the place of a newer one',
    async ({ folder, uuids }) => {
      await fs.copyFile(path.join(folder, 'backups', uuids[0]!), path.join(folder, 'backups', uuids[1]!));
    },
    { plain: 'MANIFEST_INVALID', sealed: 'MANIFEST_INVALID' },
  ],
  [
    'a text that is no JSON, with its hash',
    async ({ folder, uuids }) => writeDocument(folder, uuids[1]!, '{'),
    { plain: 'MANIFEST_INVALID', sealed: 'MANIFEST_INVALID' },
  ],
];
/** The same store in another folder, where it can be harmed. */
async function copied(shop: Shop, t: TestContext): Promise<Shop> {
  const folder = await temporaryFolder(t);
  await fs.cp(shop.folder, folder, { recursive: true });
  return { ...shop, folder, store: `file://${folder}`, run: reader(`file://${folder}`, shop.opening) };
}

for (const kind of oneInTurn(['sealed', 'plain'] as const)) {
  test(`what is refused in a ${kind} store is listed, and no older one is the latest`, async (t) => {
    const intact = await lostShop(t, { sealed: kind === 'sealed' });
    for (const [what, attack, codes] of attacks) {
      await t.test(what, async (t) => {
        const shop = await copied(intact, t);
        const { run, uuids } = shop;
        await attack(shop);
        const listed = (await run('list', '--json')).json<Listed>();
        assert.deepEqual(
          listed.backups.map(({ uuid, state, error }) => [uuid, state, error?.code ?? null]),
          [
            [uuids[0], 'readable', null],
            [uuids[1], 'refused', codes[kind]],
          ],
        );
        assert.match(listed.notes.join(), /the latest cannot be told/);
        assert.match((await run('list')).stdout, /refused: /);
        const latest = await run('verify', 'latest', '--json');
        assert.equal(latest.code, 7);
        const { code, details } = latest.json<{ code: string; details: { backup: string } }>();
        assert.equal(code, codes[kind] === 'SIGNATURE_INVALID' ? 'SIGNATURE_INVALID' : 'BACKUP_ROLLED_BACK');
        assert.equal(details.backup, uuids[1]);
        const itself = await run('verify', uuids[1]!, '--json');
        assert.equal(itself.json()['code'], codes[kind]);
        // The other one is whole.
        assert.equal((await run('verify', uuids[0]!)).code, 0);
      });
    }
  });
}

test('a document of another store that was copied in is refused', async (t) => {
  for (const sealed of [false, true]) {
    const shop = await lostShop(t, { sealed });
    const other = await lostShop(t, { sealed });
    const foreign = other.uuids[1]!;
    await fs.copyFile(
      path.join(other.folder, 'backups', foreign),
      path.join(shop.folder, 'backups', foreign),
    );
    const listed = (await shop.run('list', '--json')).json<Listed>();
    assert.deepEqual(
      listed.backups.map(({ uuid, error }) => [uuid, error?.code ?? null]),
      [
        [shop.uuids[1], null],
        [shop.uuids[0], null],
        [foreign, 'SIGNATURE_INVALID'],
      ],
    );
    for (const name of ['latest', foreign]) {
      assert.equal((await shop.run('show', name, '--json')).json()['code'], 'SIGNATURE_INVALID');
    }
    assert.equal((await shop.run('verify', shop.uuids[1]!)).code, 0);
  }
});

test('what is not there, and what does not go together', async (t) => {
  const empty = await temporaryFolder(t);
  const none = await holdfast(['list', '--store', `file://${empty}`, '--json']);
  assert.equal(none.code, 3);
  assert.equal(none.json()['code'], 'STORE_NOT_FOUND');
  assert.deepEqual(await fs.readdir(empty), []);
  const cases: [string[], string][] = [
    [['show', 'latest'], 'INVALID_REQUEST'],
    [['show', '12', '--store', `file://${empty}`], 'INVALID_REQUEST'],
    [['show', '--store', `file://${empty}`], 'INVALID_REQUEST'],
    [['list', '--restores', '--store', `file://${empty}`], 'INVALID_REQUEST'],
    [['restore', 'latest', '--store', `file://${empty}`], 'INVALID_REQUEST'],
    [['restore', 'latest', '--store', `file://${empty}`, '--to', 'shop'], 'INVALID_REQUEST'],
    [['list', '--store', 'database:'], 'INVALID_REQUEST'],
    [['list', '--store', 'offsite'], 'INVALID_CONFIGURATION'],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout } = await holdfast([...args, '--json']);
    assert.equal(code, 2, stdout);
    assert.equal((JSON.parse(stdout) as { code: string }).code, expected);
  }
});
