import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRowCount, rowCountStatement } from '../../src/postgres/row-age.ts';
import {
  oldPlacesStatement,
  placedCopyStatement,
  placedText,
  placesReceiver,
  readPlaces,
  type Places,
} from '../../src/postgres/row-places.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase } from '../support/database.ts';
import { majorsInTurn } from '../support/servers.ts';
import { cut, seeded } from '../engine/segments.ts';

type Place = [block: number, offset: number];

const listed = ({ block, offset }: Places): Place[] =>
  Array.from(block, (each, i): Place => [each, offset[i]!]);

/** As the server sends them. */
function binary(places: readonly Place[]): Buffer {
  const head = Buffer.alloc(14);
  head.writeInt16BE(1, 8);
  head.writeInt32BE(places.length === 0 ? -1 : places.length * 6, 10);
  const values = places.map(([block, offset]) => {
    const value = Buffer.alloc(6);
    value.writeUInt32BE(block, 0);
    value.writeUInt16BE(offset, 4);
    return value;
  });
  return Buffer.concat([
    Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
    head,
    ...values,
    Buffer.from([0xff, 0xff]),
  ]);
}

const number32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyPlace = fc.tuple(number32, fc.integer({ min: 0, max: 2 ** 16 - 1 }));

test('places, and text with them across every cut, are read', () => {
  const anyText = fc
    .oneof(fc.constantFrom('', '\t', '(1,2)\t3\t', '\\N'), fc.string())
    .map((text) => text.replaceAll('\n', '\\n'));
  fc.assert(
    fc.property(fc.array(fc.tuple(anyPlace, anyText)), fc.nat(), (rows, seed) => {
      const random = seeded(seed);
      const expected = rows.map(([place]) => place);
      assert.deepEqual(listed(readPlaces(binary(expected))), expected);

      const lines = rows.map(([[block, offset], text]) => `(${block},${offset})\t${text}\n`);
      const read: [...Place, number][] = [];
      const text = placedText((...line) => read.push(line));
      const bytes = Buffer.from(lines.join(''));
      const left = (bytes.length > 0 ? cut(bytes, 1 + random(30), random) : []).map((piece) =>
        Buffer.from(text.take(new Uint8Array(piece))),
      );
      text.end();
      assert.equal(Buffer.concat(left).toString(), rows.map(([, each]) => `${each}\n`).join(''));
      assert.deepEqual(
        read,
        rows.map(([place, each]) => [...place, Buffer.byteLength(each) + 1]),
      );
    }),
    { numRuns: 300 },
  );
});

test('what is no COPY of places is refused', () => {
  const good = binary([[1, 2]]);
  readPlaces(good);
  for (let length = 0; length < good.length; length++)
    assert.throws(() => readPlaces(good.subarray(0, length)));
  for (const at of [0, 15, 20, 22, 32]) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1;
    assert.throws(() => readPlaces(bad), `byte ${at}`);
  }
  assert.throws(() => readPlaces(Buffer.concat([good, Buffer.from([0])])));
  for (const line of ['(1,2)\t3', '1\t2\n', '(1,2)x3\n', '(1,-2)\t3\n', '(1,2)3\n', '(1)\t3\n']) {
    assert.throws(() => {
      const text = placedText(() => {});
      text.take(new Uint8Array(Buffer.from(line)));
      text.end();
    }, line);
  }
});

for (const major of majorsInTurn(3)) {
  test(`old and new rows are told apart, in the order of their places, whatever has happened to them, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const run = async (...statements: string[]): Promise<void> => {
      for (const sql of statements) await db.client.query(sql);
    };
    await run(
      'create table t (id int primary key, word text) with (fillfactor = 70)',
      'insert into t select i, repeat(md5(i::text), 3) from generate_series(1, 30000) i',
      `update t set word = 'changed' where id % 7 = 0`,
      'delete from t where id % 11 = 0',
      'vacuum t',
    );
    // As a snapshot would say it: all before have ended, as far as this table goes.
    const { rows: next } = await db.client.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
    const since = Number(next[0]!.xid);
    await run(
      'insert into t select i, repeat(md5(i::text), 3) from generate_series(40000, 45000) i',
      'vacuum freeze t',
      `update t set word = 'again' where id % 13 = 0`,
      'analyze t',
    );
    await using session = await Session.open(db.target);
    const { rows: blocks } = await db.client.query<{ blocks: number }>(
      `select pg_relation_size('t') / 8192 as blocks`,
    );
    const middle = Math.floor(Number(blocks[0]!.blocks) / 2);
    const table = { schema: 'public', name: 't' };
    const columns = ['id', 'word'].map((name) => ({
      name,
      type: '',
      notNull: false,
      identity: null,
      generated: null,
      collation: null,
    }));
    for (const range of [
      { fromBlock: 0, toBlock: middle },
      { fromBlock: middle, toBlock: null },
      { fromBlock: 0, toBlock: null },
    ]) {
      const { rows } = await db.client.query<{ place: string; old: boolean }>(
        `select ctid::text as place, xmin::text::bigint < $3 as old from t
          where ctid >= $1::tid and ctid < $2::tid order by ctid`,
        [`(${range.fromBlock},0)`, `(${range.toBlock ?? 2 ** 31},0)`, since % 2 ** 32],
      );
      const expected = (old: boolean): string[] =>
        rows.filter((row) => row.old === old).map(({ place }) => place);
      assert.ok(expected(true).length > 5_000);
      assert.ok(range.toBlock !== null || expected(false).length > 1_000);

      const receiver = placesReceiver();
      await session.copyOut([oldPlacesStatement(table, range, since)], receiver);
      assert.deepEqual(
        listed(receiver.places[0]!).map(([block, offset]) => `(${block},${offset})`),
        expected(true),
      );
      const [first, second] = listed(receiver.places[0]!) as [Place, Place];
      const places = {
        block: Uint32Array.from([first[0], second[0]]),
        offset: Uint16Array.from([first[1], second[1]]),
      };
      const read: string[] = [];
      const text = placedText((block, offset) => read.push(`(${block},${offset})`));
      const source = { ...table, columns, condition: null };
      await session.copyOut([placedCopyStatement(source, range, { since, places })], {
        data: (piece) => void text.take(piece),
        statementEnd: () => text.end(),
      });
      assert.deepEqual(new Set(read), new Set([...expected(true).slice(0, 2), ...expected(false)]));

      let answer = '';
      await session.copyOut([rowCountStatement(table, range, since)], {
        data() {},
        statementEnd() {},
        value: (value) => void (answer = value!),
      });
      assert.deepEqual(parseRowCount(answer), { rows: rows.length, fresh: expected(false).length });
    }
  });
}
