import assert from 'node:assert/strict';
import test from 'node:test';
import { openClient } from '../../src/postgres/connection.ts';
import { ServerError } from '../../src/postgres/wire/copy-stream.ts';
import { readArchive } from '../../src/postgres/pg-dump/archive.ts';
import { dumpArguments } from '../../src/postgres/pg-dump/arguments.ts';
import { dumpFailure } from '../../src/postgres/pg-dump/failure.ts';
import { errorLines, printedMessages } from '../../src/postgres/pg-dump/messages.ts';
import { answerCollector, greeting, requestCollector } from '../../src/postgres/pg-dump/protocol.ts';
import { runBundledDump } from '../../src/postgres/pg-dump/wasm.ts';
import { testDatabase } from '../support/database.ts';

function message(type: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

test('an archive cut off or altered anywhere is refused or still reads as an archive', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query('create table a (id serial primary key); comment on table a is $$x$$');
  const lent = await openClient(target);
  const { archive } = await runBundledDump(
    { client: lent, inTransaction: false },
    dumpArguments({ excludeTables: [], excludeSchemas: [], lockTimeoutMs: 1000 }, 18),
  );
  await lent.end();
  assert.ok(readArchive(archive).entries.some((entry) => entry.description === 'COMMENT'));
  for (let length = 0; length < archive.length; length++) {
    assert.throws(() => readArchive(archive.subarray(0, length)), {
      code: /^(BACKUP_FAILED|SERVER_NOT_SUPPORTED)$/,
    });
  }
  for (let at = 0; at < archive.length; at++) {
    const altered = archive.slice();
    altered[at] = 0xff;
    try {
      readArchive(altered);
    } catch (error) {
      // Within a text that byte is no UTF-8.
      const { code } = error as { code: string };
      assert.match(code, /^(BACKUP_FAILED|SERVER_NOT_SUPPORTED|ENCODING_NOT_SUPPORTED)$/);
    }
  }
  const newer = archive.slice();
  newer[6] = 99;
  assert.throws(() => readArchive(newer), { code: 'SERVER_NOT_SUPPORTED', message: /1\.99/ });
});

test('requests are complete only in whole messages, however they are cut', () => {
  const startup = Buffer.alloc(20);
  startup.writeInt32BE(20, 0);
  startup.writeInt32BE(196608, 4);
  const query = message('Q', `select ${'x'.repeat(200_000)}\0`);
  const extended = Buffer.concat([message('P', 'p'), message('B', ''), message('S', '')]);
  for (const size of [1, 3, 4, 5, 7, 16_384, 1_000_000]) {
    const collect = requestCollector();
    const steps: unknown[] = [];
    for (const whole of [startup, query, extended, query, message('X', '')]) {
      for (let at = 0; at < whole.length; at += size) {
        const step = collect(whole.subarray(at, at + size));
        if (step.kind !== 'incomplete')
          steps.push(step.kind === 'request' ? Buffer.from(step.bytes) : step.kind);
      }
    }
    assert.deepEqual(steps, ['startup', query, extended, query, 'end']);
  }
  const encrypted = requestCollector();
  const request = Buffer.alloc(8);
  request.writeInt32BE(8, 0);
  request.writeInt32BE(80877103, 4);
  assert.deepEqual(encrypted(request), { kind: 'refuse-encryption' });
  assert.deepEqual(encrypted(startup), { kind: 'startup' });
});

test('answers end at ReadyForQuery, however they are cut, and errors are noticed', () => {
  const failed = Buffer.concat([message('E', 'SERROR\0C42P01\0Mno such table\0\0'), message('Z', 'E')]);
  const rows = Buffer.concat([
    message('T', 't'),
    message('D', 'Z'.repeat(1000)),
    message('3', ''),
    message('Z', 'I'),
  ]);
  for (const size of [1, 2, 5, 6, 100_000]) {
    const collector = answerCollector();
    const answers: Buffer[] = [];
    for (const whole of [rows, failed, rows]) {
      for (let at = 0; at < whole.length; at += size) {
        if (collector.add(whole.subarray(at, at + size))) answers.push(Buffer.from(collector.take()));
      }
    }
    assert.deepEqual(answers, [rows, failed, rows]);
    assert.deepEqual([collector.fault?.code, collector.fault?.message], ['42P01', 'no such table']);
  }
  assert.throws(() => answerCollector().add(message('H', '')), /COPY/);
  assert.ok(Buffer.from(greeting([{ name: 'a', value: 'ü' }])).includes('a\0ü\0'));
});

test('only complaints are kept of what pg_dump prints', () => {
  const lines = [
    'pg_dump: last built-in OID is 16383',
    'pg_dump: error: query failed: ERROR:  boom',
    'DETAIL:  more',
    'pg_dump: detail: Query was: SELECT',
    'secret',
    'pg_dump: hint: try again',
    'pg_dump: warning: circular',
    'of no interest',
  ];
  assert.equal(errorLines(lines), 'query failed: ERROR:  boom\nDETAIL:  more\ntry again');
  assert.equal(errorLines([]), '');
});

test('what the server said decides what a failed pg_dump is reported as', () => {
  const fault = (sqlState: string): ServerError =>
    new ServerError(
      new Map([
        ['C', sqlState],
        ['M', 'in any language'],
        ['H', 'raise something'],
      ]),
    );
  assert.equal(dumpFailure('x', { fault: fault('57014'), locking: true }).code, 'LOCK_TIMEOUT');
  assert.equal(dumpFailure('x', { fault: fault('57014') }).code, 'STATEMENT_TIMEOUT');
  assert.equal(dumpFailure('x', { fault: fault('42501') }).code, 'INSUFFICIENT_PRIVILEGE');
  assert.equal(dumpFailure('x', { fault: fault('40P01') }).code, 'DEADLOCK');
  assert.match(dumpFailure('x', { fault: fault('54001') }).hint, /raise something/);
  assert.equal(dumpFailure('x', { fault: fault('P0001') }).code, 'BACKUP_FAILED');
  // Its own finding, with nothing of the server's.
  assert.equal(dumpFailure('user may lack SELECT privilege').code, 'INSUFFICIENT_PRIVILEGE');
  assert.equal(dumpFailure('permission denied for x').code, 'BACKUP_FAILED');
});

test('of a pg_dump that succeeded everything it prints is kept, message by message', () => {
  assert.deepEqual(printedMessages([]), []);
  assert.deepEqual(printedMessages(['']), []);
  const lines = [
    'pg_dump: warning: subscriptions not dumped because current user is not a superuser',
    'pg_dump: warning: could not resolve dependency loop among these items:',
    'pg_dump: detail:   TABLE a  (ID 1 OID 2)',
    '  and more of it',
    'NOTICE:  a notice of the server',
    'DETAIL:  with its detail',
    'pg_dump: something without a level',
    '',
  ];
  assert.deepEqual(printedMessages(lines), [
    'subscriptions not dumped because current user is not a superuser',
    'could not resolve dependency loop among these items:\n  TABLE a  (ID 1 OID 2)\n  and more of it',
    'NOTICE:  a notice of the server\nDETAIL:  with its detail',
    'something without a level',
  ]);
});
