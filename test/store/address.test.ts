import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../../src/base/errors.ts';
import { parseAddress } from '../../src/store/objects/address.ts';

const hostKey = `SHA256:${'aB3+/'.repeat(9).slice(0, 43)}`;

test('addresses of every kind are taken apart', () => {
  assert.deepEqual(parseAddress('database:'), { scheme: 'database', address: 'database:' });
  assert.deepEqual(parseAddress(' memory: '), { scheme: 'memory', address: 'memory:' });
  assert.deepEqual(parseAddress('file:///var/my%20backups/'), {
    scheme: 'file',
    address: 'file:///var/my%20backups',
    path: '/var/my backups',
  });
  assert.deepEqual(parseAddress('s3://shop-backups'), {
    scheme: 's3',
    address: 's3://shop-backups',
    bucket: 'shop-backups',
    prefix: '',
    region: undefined,
    endpoint: undefined,
    forcePathStyle: false,
  });
  assert.deepEqual(
    parseAddress('s3://Shop_Backups/a/b/?endpoint=http%3A%2F%2F127.0.0.1%3A9000%2F&region=eu-central-1'),
    {
      scheme: 's3',
      address: 's3://Shop_Backups/a/b?region=eu-central-1&endpoint=http://127.0.0.1:9000',
      bucket: 'Shop_Backups',
      prefix: 'a/b',
      region: 'eu-central-1',
      endpoint: 'http://127.0.0.1:9000',
      forcePathStyle: true,
    },
  );
  const virtual = parseAddress('s3://bucket/a?endpoint=https://s3.example.com&forcePathStyle=false');
  assert.deepEqual(
    [virtual.scheme === 's3' && virtual.forcePathStyle, virtual.scheme === 's3' && virtual.region],
    [false, 'us-east-1'],
  );
  assert.deepEqual(parseAddress('azure://account1/con-tainer/a'), {
    scheme: 'azure',
    address: 'azure://account1/con-tainer/a',
    account: 'account1',
    container: 'con-tainer',
    prefix: 'a',
    endpoint: 'https://account1.blob.core.windows.net',
  });
  assert.deepEqual(parseAddress(`sftp://me@Backup.example.com/srv/backups?hostKey=${hostKey}=`), {
    scheme: 'sftp',
    address: `sftp://me@backup.example.com/srv/backups?hostKey=${hostKey.replaceAll('+', '%2B')}`,
    user: 'me',
    host: 'backup.example.com',
    port: 22,
    path: '/srv/backups',
    hostKey,
  });
  const relative = parseAddress('sftp://u@[::1]:2222/~/backups/');
  assert.deepEqual(relative, {
    scheme: 'sftp',
    address: 'sftp://u@[::1]:2222/~/backups',
    user: 'u',
    host: '::1',
    port: 2222,
    path: 'backups',
    hostKey: undefined,
  });
});

test('the address that is shown is read as the same place', () => {
  for (const text of [
    'file:///var/my%20backups/%C3%A4',
    's3://bucket/a/b?region=eu-west-1&endpoint=https://minio:9000/base&forcePathStyle=false',
    'azure://devstoreaccount1/box/a?endpoint=http://127.0.0.1:10000/devstoreaccount1',
    `sftp://me@host:2222/~/a%20b?hostKey=${hostKey}`,
  ]) {
    const once = parseAddress(text);
    assert.deepEqual(parseAddress(once.address), once);
  }
});

/** Each has `hunter2` in it, which no error may repeat. */
const withSecrets = [
  's3://AKIAHUNTER:hunter2@bucket/prefix',
  's3://hunter2@bucket/prefix',
  's3://bucket/prefix?endpoint=https://me:hunter2@minio',
  's3://bucket/prefix?secretAccessKey=hunter2',
  's3://bucket/prefix?hunter2',
  's3://bucket/prefix?region=hunter2&region=hunter2',
  's3://bucket/prefix?forcePathStyle=hunter2',
  's3://bucket/prefix#hunter2',
  's3://bucket/ hunter2',
  's3://bucket//hunter2',
  's3://hunter2!/prefix',
  'azure://hunter2@account/container',
  'azure://account/container?sv=2022&sig=hunter2',
  'azure://account/HUNTER2hunter2/a',
  'azure://account_hunter2/container',
  'sftp://me:hunter2@host/folder',
  'sftp://:hunter2@host/folder',
  'sftp://me@host/folder?password=hunter2',
  'sftp://me@host/folder?hostKey=hunter2',
  'sftp://me%ZZhunter2@host/folder',
  'file://hunter2/folder',
  'file:///folder?password=hunter2',
  'file:///folder/%00hunter2',
  'http://me:hunter2@host/',
  'postgres://me:hunter2@host/db',
  'hunter2',
  'hunter2:',
  'database:hunter2',
  '//me:hunter2@host',
];

const otherwiseWrong = [
  '',
  'file:',
  'file:///',
  'file:////',
  's3:',
  's3://',
  's3:///prefix',
  's3://b/prefix',
  's3://bucket/a/../../..//b',
  's3://bucket/a?region=',
  's3://bucket/a?endpoint=minio:9000',
  's3://bucket/a?endpoint=ftp://minio',
  's3://bucket/a?endpoint=https://minio/?x=y',
  's3://bucket:9000/a',
  's3://bucket/ä',
  `s3://bucket/${'a'.repeat(201)}`,
  'azure://account',
  'azure://account/',
  'azure://account/-container',
  'azure://account/a--b',
  'sftp://host/folder',
  'sftp://me@/folder',
  'sftp://me@host',
  'sftp://me@host/',
  'sftp://me@host/~/',
  'sftp://me@host:0x16/folder',
  'sftp://me@host:99999/folder',
  'sftp://me@-oProxyCommand=x/folder',
  's3://bucket/a\nb',
];

test('a wrong address is refused without being repeated', () => {
  for (const text of [...withSecrets, ...otherwiseWrong]) {
    assert.throws(
      () => parseAddress(text),
      (error: unknown) => {
        assert.ok(error instanceof HoldfastError, text);
        assert.equal(error.code, 'INVALID_CONFIGURATION', text);
        const said = JSON.stringify(error) + String(error.stack) + String(error.cause);
        assert.ok(!/hunter2/i.test(said), said);
        assert.ok(error.hint.length > 20, text);
        return true;
      },
      text,
    );
  }
});

test('any text is an address or INVALID_CONFIGURATION, and an address never holds a password', () => {
  const piece = fc.constantFrom(
    ...'file s3 azure sftp : / // /// @ ? & = # % [ ] . .. ~ bucket me secret region endpoint hostKey %2F %00 é'.split(
      ' ',
    ),
    ' ',
    '\n',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      try {
        const once = parseAddress(text);
        assert.deepEqual(parseAddress(once.address), once);
        assert.equal(URL.parse(once.address)?.password, '');
      } catch (error) {
        assert.ok(error instanceof HoldfastError && error.code === 'INVALID_CONFIGURATION', String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});
