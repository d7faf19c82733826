import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  confirmedBefore,
  keepConfirmed,
  nothingConfirmed,
  readConfirmations,
  writeConfirmations,
  writtenSince,
  type Confirmations,
} from '../../../src/engine/backup/confirmations.ts';
import { pieceDigest } from '../../../src/engine/backup/known-ranges.ts';
import { memoryPlace } from './known-place.ts';

const confirmations: Confirmations = {
  moments: [
    { lsn: '1/30', next: 300 },
    { lsn: '1/20', next: 200 },
  ],
  tables: new Map([[16400, { writtenBefore: 250, pieces: new Map([[0, pieceDigest(Buffer.from('one'))]]) }]]),
};

test('what is confirmed is read again with its key and of its server alone', () => {
  const key = createSecretKey(randomBytes(32));
  for (const by of [undefined, key]) {
    const kept = writeConfirmations(confirmations, by, 'server');
    assert.deepEqual(readConfirmations([kept], by, 'server'), confirmations);
    assert.deepEqual(readConfirmations([kept], by, 'another'), nothingConfirmed);
    assert.deepEqual(readConfirmations([kept], createSecretKey(randomBytes(32)), 'server'), nothingConfirmed);
    assert.deepEqual(readConfirmations([], by, 'server'), nothingConfirmed);
  }
  const sealed = writeConfirmations(confirmations, key, 'server');
  assert.deepEqual(readConfirmations([sealed], undefined, 'server'), nothingConfirmed);
  for (const at of [0, 20, sealed.content.length - 1]) {
    const content = Buffer.from(sealed.content);
    content[at]! ^= 1;
    assert.deepEqual(readConfirmations([{ ...sealed, content }], key, 'server'), nothingConfirmed);
  }
});

test('a piece is confirmed by its content, and a range by the newest moment before it', () => {
  const piece = { table: 16400, piece: 0, content: Buffer.from('one') };
  assert.equal(confirmedBefore(confirmations, piece), 250);
  assert.equal(confirmedBefore(confirmations, { ...piece, content: Buffer.from('two') }), 0);
  assert.equal(confirmedBefore(confirmations, { ...piece, piece: 1 }), 0);
  assert.equal(confirmedBefore(confirmations, { ...piece, table: 1 }), 0);
  const { moments } = confirmations;
  assert.deepEqual(
    [199, 200, 299, 300, 9000].map((before) => writtenSince(moments, before)),
    [undefined, '1/20', '1/20', '1/30', '1/30'],
  );
});

test('moments are bounded, and tables that were not in a backup stay unless all were', async () => {
  const place = memoryPlace();
  const read = () => readConfirmations([...place.pieces.values()], undefined, 'server');
  const other = new Map([[2, { writtenBefore: 400, pieces: new Map<number, string>() }]]);
  const about = { key: undefined, server: 'server' };
  await keepConfirmed(place, { confirmations, ...about }, { lsn: '1/40', next: 400 }, other, false);
  assert.deepEqual([...read().tables.keys()], [16400, 2]);
  await keepConfirmed(place, { confirmations: read(), ...about }, { lsn: '1/41', next: 400 }, other, true);
  assert.deepEqual([...read().tables.keys()], [2]);
  assert.deepEqual(
    read().moments.map(({ lsn }) => lsn),
    ['1/41', '1/30', '1/20'],
    'of two with one number the later place',
  );
  for (let next = 500; next < 800; next++) {
    await keepConfirmed(place, { confirmations: read(), ...about }, { lsn: '2/0', next }, other, true);
  }
  assert.equal(read().moments.length, 200);
  assert.equal(read().moments[0]!.next, 799);
});
