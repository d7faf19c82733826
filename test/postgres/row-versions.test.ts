import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  rowVersionReader,
  rowVersionsStatement,
  versionedText,
  type RowVersions,
} from '../../src/postgres/row-versions.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase } from '../support/database.ts';
import { outermostMajors } from '../support/servers.ts';
import { cut, seeded } from '../engine/segments.ts';

type Version = [block: number, offset: number, xmin: number];

const listed = ({ block, offset, xmin }: RowVersions): Version[] =>
  Array.from(block, (each, i): Version => [each, offset[i]!, xmin[i]!]);

function binary(rows: readonly Version[]): Buffer {
  const parts = [Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)];
  for (const [block, offset, xmin] of rows) {
    const row = Buffer.alloc(20);
    row.writeInt16BE(2, 0);
    row.writeInt32BE(6, 2);
    row.writeUInt32BE(block, 6);
    row.writeUInt16BE(offset, 10);
    row.writeInt32BE(4, 12);
    row.writeUInt32BE(xmin, 16);
    parts.push(row);
  }
  parts.push(Buffer.from([0xff, 0xff]));
  return Buffer.concat(parts);
}

const number32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyVersion = fc.tuple(number32, fc.integer({ min: 0, max: 2 ** 16 - 1 }), number32);

test('binary row versions and text with them are read across every cut', () => {
  const anyText = fc
    .oneof(fc.constantFrom('', '\t', '(1,2)\t3\t', '\\N'), fc.string())
    .map((text) => text.replaceAll('\n', '\\n'));
  fc.assert(
    fc.property(fc.array(fc.tuple(anyVersion, anyText)), fc.nat(), (rows, seed) => {
      const random = seeded(seed);
      const expected = rows.map(([version]) => version);
      const reader = rowVersionReader();
      for (const piece of cut(binary(expected), 1 + random(30), random)) reader.take(piece);
      assert.deepEqual(listed(reader.end()), expected);

      const lines = rows.map(([[block, offset, xmin], text]) => `(${block},${offset})\t${xmin}\t${text}\n`);
      const read: [...Version, number][] = [];
      const text = versionedText((...line) => read.push(line));
      const bytes = Buffer.from(lines.join(''));
      const left = (bytes.length > 0 ? cut(bytes, 1 + random(30), random) : []).map((piece) =>
        Buffer.from(text.take(new Uint8Array(piece))),
      );
      text.end();
      assert.equal(Buffer.concat(left).toString(), rows.map(([, each]) => `${each}\n`).join(''));
      assert.deepEqual(
        read,
        rows.map(([version, each]) => [...version, Buffer.byteLength(each) + 1]),
      );
    }),
    { numRuns: 300 },
  );
});

test('what is no COPY of row versions is refused', () => {
  const good = binary([[1, 2, 3]]);
  const reads = (bytes: Buffer) => (): void => {
    const reader = rowVersionReader();
    reader.take(bytes);
    reader.end();
  };
  reads(good)();
  for (let length = 0; length < good.length; length++) assert.throws(reads(good.subarray(0, length)));
  for (const at of [0, 15, 20, 22, 33]) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1;
    assert.throws(reads(bad), `byte ${at}`);
  }
  assert.throws(reads(Buffer.concat([good, Buffer.from([0])])));
  for (const line of ['(1,2)\t3', '1\t2\n', '(1,2)x3\t\n', '(1,-2)\t3\t\n', '(1,2)\t3\n', '(1)\t3\t\n']) {
    assert.throws(() => {
      const text = versionedText(() => {});
      text.take(new Uint8Array(Buffer.from(line)));
      text.end();
    }, line);
  }
});

for (const major of outermostMajors) {
  test(`row versions come in the order of their places, whatever has happened to them, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    for (const sql of [
      'create table t (id int primary key, word text) with (fillfactor = 70)',
      'insert into t select i, repeat(md5(i::text), 3) from generate_series(1, 30000) i',
      `update t set word = 'changed' where id % 7 = 0`,
      'delete from t where id % 11 = 0',
      'vacuum t',
      'insert into t select i, repeat(md5(i::text), 3) from generate_series(40000, 45000) i',
      'vacuum freeze t',
      `update t set word = 'again' where id % 13 = 0`,
      'analyze t',
    ]) {
      await db.client.query(sql);
    }
    await using session = await Session.open(db.target);
    const { rows: blocks } = await db.client.query<{ blocks: number }>(
      `select pg_relation_size('t') / 8192 as blocks`,
    );
    const middle = Math.floor(Number(blocks[0]!.blocks) / 2);
    for (const range of [
      { fromBlock: 0, toBlock: middle },
      { fromBlock: middle, toBlock: null },
      { fromBlock: 0, toBlock: null },
    ]) {
      const reader = rowVersionReader();
      await session.copyOut([rowVersionsStatement({ schema: 'public', name: 't' }, range)], {
        data: (piece) => reader.take(piece),
        statementEnd() {},
      });
      const found = listed(reader.end());
      const { rows } = await db.client.query<{ place: string; xmin: string }>(
        `select ctid::text as place, xmin::text from t where ctid >= $1::tid and ctid < $2::tid order by ctid`,
        [`(${range.fromBlock},0)`, `(${range.toBlock ?? 2 ** 31},0)`],
      );
      assert.ok(found.length > 5000);
      assert.deepEqual(
        found.map(([block, offset, xmin]) => [`(${block},${offset})`, String(xmin)]),
        rows.map(({ place, xmin }) => [place, xmin]),
      );
    }
  });
}
