import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext, type TestOptions } from 'node:test';
import { pathToFileURL } from 'node:url';
import { errorCatalogue, type ErrorCode } from '../../src/base/errors.ts';
import { configFile } from '../../src/cli/config-file.ts';
import type { Check } from '../../src/cli/doctor/check.ts';
import { checkConfigFile } from '../../src/cli/doctor/config.ts';
import { examine, type DoctorOptions } from '../../src/cli/doctor/examine.ts';
import { checkNames, foreseen } from '../../src/cli/doctor/foreseen.ts';
import { checkKeys } from '../../src/cli/doctor/keys.ts';
import { diskCheck, slotCheck } from '../../src/cli/doctor/room.ts';
import { checkTls, clockCheck, wireFacts } from '../../src/cli/doctor/wire.ts';
import type { Invocation } from '../../src/cli/invocation.ts';
import { configureStores } from '../../src/engine/stores/configured-stores.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testSystem, token } from '../api/system.ts';
import { withoutPgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { openReceiver } from '../support/receiver.ts';
import { privateServer } from '../support/servers.ts';
import { smallDisk, withoutSmallDisk } from '../support/small-disk.ts';
import { freePort } from '../support/ports.ts';
import { holdfast, temporaryFolder } from './holdfast.ts';

/** Every check that was seen in this file. */
const seen = new Map<string, Check['level'][]>();
/** Every code that a check has failed with. */
const codes = new Set<ErrorCode>();

/** The tests that look for checks, and how many of them have come to their end. */
let looking = 0;
let ended = 0;

function look(
  name: string,
  body: (t: TestContext) => Promise<void> | void,
  options: Pick<TestOptions, 'skip'> = {},
): void {
  looking++;
  test(name, options, async (t) => {
    await body(t);
    ended++;
  });
}

function note(checks: readonly Check[]): readonly Check[] {
  for (const { name, level, code } of checks) {
    seen.set(name, [...(seen.get(name) ?? []), level]);
    if (code !== null) codes.add(code);
  }
  return checks;
}

interface Examined {
  checks: readonly Check[];
  of: (name: string) => Check;
}

async function examined(
  databaseUrl: string | undefined,
  { config = false, ...options }: Partial<DoctorOptions> & { config?: string | false } = {},
): Promise<Examined> {
  const invocation: Invocation = {
    json: true,
    quiet: true,
    database: undefined,
    databaseUrl,
    schema: undefined,
    config,
  };
  const { document } = await examine(invocation, { storeTests: false, ...options });
  const { checks } = document as { checks: Check[] };
  note(checks);
  for (const { name, level, hint } of checks) assert.equal(hint === null, level === 'ok', name);
  return {
    checks,
    of: (name) => checks.find((check) => check.name === name) ?? assert.fail(`no check ${name}`),
  };
}

async function configured(t: TestContext, options: object): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'holdfast.config.json');
  await fs.writeFile(file, JSON.stringify(options), { mode: 0o600 });
  return file;
}

look('the statements that a plain role is told to have run are what it lacks, and no more', async (t) => {
  const { db } = await testSystem(t, { initialize: false });
  const { client, name } = db;
  const role = `Plain "${name}"`;
  const owner = `owner_${name}`;
  const quoted = quoteIdentifier(role);
  db.afterwards(`drop role if exists ${quoted}; drop role if exists ${owner}`);
  await client.query(`
    create role ${quoted} login password 'plain-pass'; create role ${owner};
    create schema "Odd.Schema"; revoke all on schema public from public;
    create table public.a (id int); create table "Odd.Schema"."Odd ""Table" (id int); create table public.theirs (id int);
    alter table public.theirs owner to ${owner};
    revoke temporary on database ${name} from public`);
  const url = `postgres://${encodeURIComponent(role)}:plain-pass@${db.server.host}:${db.server.port}/${name}`;
  const other = await configured(t, { schema: 'ours' });
  const bare = await examined(url);
  const own = await examined(url, { config: other });
  const lacking = [
    bare.of('reading'),
    bare.of('restoring in place'),
    bare.of('restoring rows'),
    bare.of('making own tables'),
    own.of('making own tables'),
  ];
  assert.deepEqual(
    lacking.map(({ code, level }) => code ?? level),
    ['TABLE_NOT_READABLE', 'warn', 'warn', 'INSUFFICIENT_PRIVILEGE', 'INSUFFICIENT_PRIVILEGE'],
  );
  // As they are printed; pg_read_all_data, the other way, is left out.
  const statements = lacking
    .map(({ hint }) => hint!.replace(/^.*as their owner: /, ''))
    .flatMap((hint) => hint.match(/(?:GRANT|CREATE SCHEMA) [^;]+;/g) ?? []);
  // Of tables of a superuser no membership is advised: it would make the role one too.
  assert.deepEqual(
    statements.filter((each) => /^GRANT \S+ TO/.test(each)),
    [`GRANT ${quoteIdentifier(owner)} TO ${quoted};`],
  );
  for (const statement of statements) await client.query(statement);
  const granted = await examined(url, { config: other });
  for (const check of ['reading', 'restoring rows', 'making own tables']) {
    assert.equal(granted.of(check).level, 'ok', check);
  }
  assert.equal((await examined(url)).of('making own tables').level, 'ok');
  assert.doesNotMatch(granted.of('restoring in place').message, /theirs/);
  await client.query(`drop owned by ${quoted}; drop owned by ${owner}`);
});

look(
  'what a role or another session has set in our way is found, with the statement that mends it',
  async (t) => {
    const server = await privateServer(t, {
      ssl: true,
      settings: { max_prepared_transactions: '2', wal_level: 'replica' },
    });
    const admin = await server.client();
    await admin.query(`create table held (id int); create table kept (id int);
    create role soon superuser login password 'p' valid until '${new Date(Date.now() + 86_400_000).toISOString()}'`);
    for (const setting of [`temp_file_limit = '1GB'`, 'statement_timeout = 900', 'zero_damaged_pages = on']) {
      await admin.query(`alter role soon set ${setting}`);
    }
    const { host, port } = server.target();
    const url = `postgres://soon:p@${host}:${port}/postgres`;
    const holder = await server.client();
    await holder.query(`begin; lock table held in access exclusive mode; prepare transaction 'it''s held'`);
    await holder.query('begin; lock table kept in access exclusive mode');
    await admin.query(`select pg_create_physical_replication_slot('forgotten', true)`);
    const config = await configured(t, { lockTimeoutMs: 1 });

    const before = await examined(url, { config });
    assert.match(before.of('password').message, /expires/);
    assert.match(before.of('temporary files').message, /temp_file_limit = 1GB/);
    assert.match(before.of('first statement').message, /900 ms/);
    // A superuser's own setting is overridden, so it is not against us.
    assert.equal(before.of('settings').level, 'ok');
    assert.match(
      before.of('locks held').message,
      /^The prepared transaction it's held has kept public\.held .*, and 1 more\./,
    );
    assert.equal(before.of('tables that are locked').code, 'LOCK_TIMEOUT');
    assert.match(before.of('tables that are locked').message, /prepared transaction it's held/);
    assert.equal(before.of('replication slots').level, 'ok');
    assert.equal(before.of('checksums').level, 'ok');
    assert.equal(before.of('connection').level, 'ok');

    // What is printed is run, and the next look finds nothing more of it.
    const run = async ({ hint }: Check): Promise<void> => {
      const [, statement] = /((?:ALTER ROLE|ROLLBACK PREPARED|SELECT pg_)[^;]+);/.exec(hint!) ?? [];
      await admin.query(statement ?? assert.fail(hint!));
    };
    for (const name of ['password', 'temporary files', 'first statement', 'locks held'])
      await run(before.of(name));
    const between = await examined(url, { config });
    for (const name of ['password', 'temporary files', 'first statement']) {
      assert.equal(between.of(name).level, 'ok', name);
    }
    assert.match(
      between.of('locks held').message,
      /^Session \d+ \(idle in transaction\) has kept public\.kept/,
    );
    holder.on('error', () => {});
    await run(between.of('locks held'));
    assert.equal((await examined(url, { config })).of('locks held').level, 'ok');

    const { user, password } = server.server;
    for (const [ssl, said] of [
      [{ ca: server.certificate! }, { encryption: 'TLSv1.3', verified: true }],
      [{ rejectUnauthorized: false }, { encryption: 'TLSv1.3', verified: false }],
      [false, { encryption: null, verified: false }],
    ] as const) {
      const target = { ...server.target(), host: 'localhost', user, password, ssl };
      const session = await Session.open(target);
      const { remote, ...facts } = wireFacts(session, target);
      await session.close();
      assert.deepEqual(facts, said);
      assert.equal(checkTls({ ...facts, remote }).level, 'ok', 'on this machine');
    }

    // Damage that the server has seen. What it has in memory is still whole, so it is started again.
    await admin.query('create table bad as select 1 as id; checkpoint');
    const { rows } = await admin.query<{ file: string }>(`select pg_relation_filepath('bad') as file`);
    const file = await fs.open(path.join(server.server.dataDirectory, rows[0]!.file), 'r+');
    await file.write(Buffer.alloc(64, 7), 0, 64, 4_000);
    await file.close();
    admin.on('error', () => {});
    await server.restart('immediate');
    await assert.rejects((await server.client()).query('select * from bad'), { code: 'XX001' });
    assert.match(
      (await examined(url, { config })).of('checksums').message,
      /has read 1 damaged page of this/,
    );
  },
);

look('the checks whose causes this machine cannot have', () => {
  const away = { encryption: 'TLSv1.3', verified: true, remote: '203.0.113.7' };
  assert.equal(checkTls(away).level, 'ok');
  assert.match(checkTls({ ...away, verified: false }).message, /not verified/);
  assert.match(checkTls({ ...away, encryption: null }).message, /can read and change every row/);
  assert.match(checkTls({ ...away, encryption: null, remote: '::ffff:10.1.2.3' }).message, /private network/);
  assert.equal(clockCheck(10_500, 10_000, 11_000).level, 'ok');
  assert.match(clockCheck(100_000, 10_000, 11_000).message, /89 s behind the server/);
  assert.match(clockCheck(1_000, 100_000, 101_000).message, /99 s ahead of the server/);
  assert.match(
    slotCheck('s', [{ slot: 'old', kept: 5 * 1024 ** 3 }]).hint!,
    /pg_drop_replication_slot\('old'\)/,
  );
  note([diskCheck(1_000, 5_000)]);
  assert.equal(diskCheck(1_000, 5_000).code, 'DISK_FULL');
  assert.equal(diskCheck(1024 ** 3, 2 * 1024 ** 3).level, 'warn');
  assert.equal(diskCheck(undefined, 5_000).level, 'ok');
});

look('schedules, channels, four eyes and approvals', async (t) => {
  const { db, api, another } = await testSystem(t, { sql: 'create table t (id int)' });
  const url = db.connectionString;
  const bare = await examined(url);
  assert.match(bare.of('schedules').message, /None is enabled/);
  assert.match(bare.of('channels').message, /None is enabled/);
  assert.match(bare.of('four eyes').message, /nothing needs/);
  const wanted = await configured(t, { fourEyes: { operations: ['delete'] } });
  assert.match((await examined(url, { config: wanted })).of('four eyes').message, /not in force/);

  await api.updateSchedule({
    enabled: true,
    frequency: 'daily',
    time: '02:00',
    retentionDays: null,
    maxBackups: null,
  });
  const receiver = await openReceiver(t);
  const closed = await freePort();
  const add = (name: string, address: string) =>
    api.createChannel({ name, url: address, kind: 'webhook', topics: ['target.missed'] });
  await add('good', `${receiver.url}/hook`);
  await add('closed', `http://127.0.0.1:${closed}/hook`);
  await add('unknown', 'https://nothing.invalid/hook');
  await add('no-tls', receiver.url.replace('http:', 'https:'));
  await api.createBackup({ wait: true });
  const guarded = another({ fourEyes: { operations: ['delete'] } });
  await guarded.start();
  const ada = guarded.apiAs({ actor: 'ada@example.com', scopes: ['admin'] });
  await assert.rejects(ada.deleteBackup(1), { code: 'APPROVAL_REQUIRED' });

  const running = await examined(url, { config: wanted });
  assert.match(running.of('schedules').message, /^1 schedule enabled, the next run .*; a process runs them$/);
  assert.match(running.of('retention').message, /without end/);
  assert.match(running.of('channel good').message, /^127\.0\.0\.1:\d+ takes connections; nothing was sent/);
  assert.equal(receiver.received.length, 0);
  assert.match(running.of('channel closed').message, /does not take connections/);
  assert.match(running.of('channel unknown').message, /not known to DNS/);
  assert.match(running.of('channel no-tls').message, /No encrypted connection/);
  assert.match(running.of('four eyes').message, /there is none: no token was made/);
  assert.match(running.of('approvals').message, /^1 call waits for .* deleteBackup by ada@example\.com\.$/);
  assert.match(running.of('Every backup is inside the database itself').hint!, /Name a store outside it/);

  await guarded.stop();
  const sent = await examined(url, { send: true });
  assert.match(sent.of('schedules').message, /No process runs schedules.*Nothing is deleted either/);
  assert.match(sent.of('channel good').message, /took a message/);
  assert.equal(receiver.received.length, 1);
});

look('keys, and a configuration file with secrets, are kept from others', async (t) => {
  const folder = await temporaryFolder(t);
  const keys = path.join(folder, 'keys');
  assert.equal((await holdfast(['keygen', '--out', keys], { cwd: folder })).code, 0);
  const writerKey = path.join(keys, 'writer.key');
  const look = async (choice: object): Promise<Check> => {
    const checks = note(await checkKeys(configureStores({ store: pathToFileURL(folder).href, ...choice })));
    return checks.find(({ name }) => name === 'keys')!;
  };
  assert.equal((await look({})).level, 'ok');
  assert.equal((await look({ writerKey })).level, 'ok');
  assert.match(
    (await look({ writerKey, identity: path.join(keys, 'recovery.key') })).message,
    /can read every backup/,
  );
  await fs.chmod(writerKey, 0o644);
  assert.match((await look({ writerKey })).hint!, /chmod 600 \S+writer\.key/);
  assert.equal((await look({ writerKey: path.join(keys, 'none') })).code, 'INVALID_CONFIGURATION');
  assert.equal((await look({ writerKey: '{"not": "a key"}' })).level, 'fail');

  const file = path.join(folder, 'holdfast.config.json');
  const kept = async (options: object, mode: number): Promise<Check> => {
    await fs.writeFile(file, JSON.stringify(options));
    await fs.chmod(file, mode);
    const invocation: Invocation = {
      json: true,
      quiet: true,
      database: undefined,
      databaseUrl: undefined,
      schema: undefined,
      config: file,
    };
    return checkConfigFile(await configFile(invocation));
  };
  assert.equal(
    (await kept({ database: 'postgres://app@db.test/shop', writerKey: 'keys/writer.key' }, 0o644)).level,
    'ok',
  );
  const secrets = {
    auth: { token },
    database: 'postgres://app:hunter2@db.test/shop',
    stores: {
      offsite: { address: 's3://bucket', credentials: { accessKeyId: 'a', secretAccessKey: 'hunter2' } },
    },
  };
  const open = await kept(secrets, 0o640);
  assert.match(open.message, /: auth\.token, database, stores\.offsite\.$/);
  assert.doesNotMatch(JSON.stringify(open), /hunter2/);
  assert.equal((await kept(secrets, 0o600)).level, 'ok');
  assert.match((await kept({}, 0o666)).message, /Every user of this machine may change/);
});

look(
  'stores without room, with a wrong place, and a scratch server that is none',
  async (t) => {
    const { db, api } = await testSystem(t, { sql: 'create table t (id int)' });
    const url = db.connectionString;
    const disk = await smallDisk(t, '40m');
    await api.createBackup({ wait: true });
    const look = async (options: object): Promise<Examined> =>
      examined(url, { config: await configured(t, options), storeTests: true });
    const full = await look({ store: `full=${pathToFileURL(disk.folder).href}`, drill: { url } });
    assert.equal(full.of('room in full').code, 'STORE_FULL');
    assert.equal(full.of('contents of full').level, 'ok');
    assert.match(full.of('scratch server').message, /server of the source/);
    const wrong = await look({
      store: 'gone=file:///nowhere/at/all',
      drill: { url: `postgres://u:p@127.0.0.1:${await freePort()}/x` },
    });
    assert.equal(wrong.of('store gone').code, 'STORE_UNREACHABLE');
    assert.equal(wrong.of('contents of gone').code, 'STORE_UNREACHABLE');
    assert.match(wrong.of('scratch server').message, /Cannot connect/);
    const none = await look({ drill: { embedded: false } });
    assert.match(none.of('scratch server').message, /There is none/);
  },
  { skip: withoutSmallDisk },
);

look('without a database, only why', async (t) => {
  const { db } = await testSystem(t, { initialize: false });
  const wrong = db.connectionString.replace(/:[^:@/]+@/, ':wrong@');
  assert.equal((await examined(wrong)).of('connection').code, 'DATABASE_AUTHENTICATION');
  const nowhere = await examined(`postgres://u:p@127.0.0.1:${await freePort()}/x`);
  assert.equal(nowhere.of('connection').code, 'DATABASE_UNREACHABLE');
  assert.equal((await examined(db.connectionString)).of('tables').code, 'NOT_INITIALIZED');

  // With a catalog of its own, each of the two databases is looked at for what it is.
  const other = await db.createDatabase();
  const look = async (catalog: string): Promise<Examined> =>
    examined(undefined, {
      config: await configured(t, {
        databases: { shop: db.connectionString },
        catalog,
        auth: {
          oidc: {
            issuer: `http://127.0.0.1:${await freePort()}`,
            audience: 'holdfast',
            scopes: { admins: ['admin'] },
          },
        },
      }),
    });
  const apart = await look(other.connectionString);
  assert.match(apart.of('catalog').message, new RegExp(`^database ${other.name} `));
  assert.match(apart.of('connection').message, new RegExp(`^database ${db.name} `));
  assert.equal(apart.of('tables').code, 'NOT_INITIALIZED');
  assert.match(apart.of('identity provider').message, /cannot be (read|asked)/);
  const lost = await look(`postgres://u:p@127.0.0.1:${await freePort()}/x`);
  assert.equal(lost.of('catalog').code, 'DATABASE_UNREACHABLE');
  assert.equal(lost.of('connection').level, 'ok');
});

look(
  'a pooler that shares connections',
  async (t) => {
    const { db } = await testSystem(t, { initialize: false });
    const bouncer = await startPgBouncer(t, db.server, { mode: 'transaction' });
    const { code, hint } = (await examined(bouncer.url(db.name))).of('connection');
    assert.equal(code, 'POOLER_NOT_SUPPORTED');
    assert.match(hint!, /HOLDFAST_DIRECT_URL/);
    const direct = await configured(t, { directDatabase: db.connectionString });
    const file: Invocation = {
      json: true,
      quiet: true,
      database: undefined,
      databaseUrl: undefined,
      schema: undefined,
      config: direct,
    };
    assert.match(JSON.stringify((await examine(file, { storeTests: false })).document), /none that shares/);
  },
  { skip: withoutPgBouncer },
);

/** Seen only where something is wrong, in other tests. */
const elsewhere = ['newest backup', 'other installations', 'WAL summaries', 'databases …'];

test('every check is made in a test, and every check that is made has a name', (t) => {
  const patterns = checkNames.map((name) => name.replace(' …', ' '));
  for (const name of seen.keys()) {
    // What the status warns of has its own words, which begin with a capital letter.
    const known = patterns.some((each) => name === each || (each.endsWith(' ') && name.startsWith(each)));
    assert.ok(known || /^[A-Z]/.test(name), `${name} is not among the names`);
  }
  const missing = checkNames.filter(
    (name) =>
      name !== 'what the status warns of' &&
      !elsewhere.includes(name) &&
      ![...seen.keys()].some((each) =>
        name.endsWith(' …') ? each.startsWith(name.slice(0, -1)) : each === name,
      ),
  );
  if (ended < looking) return t.skip('a test above was left out or failed, and with it the checks it sees');
  assert.deepEqual(missing, [], 'no such check was made');
});

test('every error has a check that finds its cause, or a reason why none does', () => {
  assert.deepEqual(Object.keys(foreseen), Object.keys(errorCatalogue));
  for (const [code, entry] of Object.entries(foreseen)) {
    if ('reason' in entry) assert.ok(entry.reason.endsWith('.'), code);
    else assert.ok(entry.checks.length > 0, code);
  }
  // What a check fails with is what it is said to find.
  for (const code of codes) assert.ok('checks' in foreseen[code], code);
});
