import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { certificateText, makeCertificate, readCertificate } from '../../src/format/certificate.ts';
import { addRows, addSum, emptySum, sumText } from '../../src/format/row-sum.ts';
import { keyText, newSigningKey } from '../../src/format/sealing/signatures.ts';
import { RowHash, hashedRows } from '../../src/engine/drill/row-hash.ts';
import { statementOf } from './certificates.ts';

const refused = /^(?:CERTIFICATE_INVALID|SIGNATURE_INVALID)$/;

for (const signed of [true, false]) {
  test(`a ${signed ? 'signed' : 'plain'} certificate is refused when one byte of it differs`, () => {
    const key = newSigningKey();
    const text = certificateText(makeCertificate(statementOf({}), signed ? key : undefined));
    for (const form of [text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`]) {
      assert.equal(readCertificate(form).signedBy, signed ? keyText(key.publicKey) : null);
      const bytes = Buffer.from(form);
      for (const [i, byte] of bytes.entries()) {
        for (const other of [byte ^ 1, byte ^ 0x20, 0x20]) {
          if (other === byte) continue;
          bytes[i] = other;
          const changed = bytes.toString();
          // What stays the same JSON text is no other certificate.
          assert.throws(
            () => readCertificate(changed),
            { code: refused },
            `${i}: ${changed.slice(i - 20, i + 20)}`,
          );
        }
        bytes[i] = byte;
      }
      assert.throws(() => readCertificate(`${form}\n\n`), { code: refused });
      assert.throws(() => readCertificate(form.slice(0, -2)), { code: refused });
    }
  });
}

test('who signed is proved where that is asked for', () => {
  const [key, other] = [newSigningKey(), newSigningKey()];
  const certificate = makeCertificate(statementOf({}), key);
  assert.equal(
    readCertificate(certificateText(certificate), [other.publicKey, key.publicKey]).signedBy,
    keyText(key.publicKey),
  );
  assert.throws(() => readCertificate(certificateText(certificate), [other.publicKey]), {
    code: 'SIGNATURE_INVALID',
    message: /signed by another key/,
  });
  const { signature: _, ...unsigned } = certificate;
  assert.throws(() => readCertificate(certificateText(unsigned), [key.publicKey]), {
    code: 'SIGNATURE_INVALID',
    message: /is not signed/,
  });
  // The signature of one statement under another.
  const forged = {
    ...makeCertificate(statementOf({ verdict: 'failed' }), undefined),
    signature: certificate.signature!,
  };
  assert.throws(() => readCertificate(certificateText(forged)), { code: 'SIGNATURE_INVALID' });
});

/** The definition of docs/PROOF.md, the slow way. */
function byDefinition(rows: readonly string[]): string {
  const lanes = [0n, 0n, 0n, 0n];
  for (const row of rows) {
    const digest = createHash('sha256').update(row).digest();
    for (let i = 0; i < 4; i++) lanes[i] = BigInt.asUintN(64, lanes[i]! + digest.readBigUInt64LE(i * 8));
  }
  return lanes.map((lane) => lane.toString(16).padStart(16, '0')).join('');
}

test('the hash of rows is the one of the document, however they are cut, ordered and divided', async () => {
  const rows = Array.from({ length: 3_000 }, (_, i) => `${i}\t${'x'.repeat(i % 700)}`);
  const wanted = byDefinition(rows);
  const text = (of: readonly string[]): Buffer => Buffer.from(of.map((row) => `${row}\n`).join(''));
  const whole = emptySum();
  addRows(whole, text(rows));
  assert.deepEqual([whole.rows, sumText(whole)], [rows.length, wanted]);
  const parts = emptySum();
  for (const part of [rows.slice(1_000).toReversed(), rows.slice(0, 1_000)]) {
    const sum = emptySum();
    addRows(sum, text(part));
    addSum(parts, sum);
  }
  assert.equal(sumText(parts), wanted);
  for (const size of [1, 1_000, 65_536, 5_000_000]) {
    const hash = new RowHash();
    const all = text(size === 1 ? rows.slice(0, 50) : rows);
    for (let at = 0; at < all.length; at += size) await hash.add(all.subarray(at, at + size));
    assert.equal(hashedRows([await hash.end()]).hash, size === 1 ? byDefinition(rows.slice(0, 50)) : wanted);
  }
  assert.equal(sumText(emptySum()), '0'.repeat(64));
});

test('a row of many megabytes is hashed as it comes', async () => {
  const rows = ['a', 'y'.repeat(11_000_000), 'b', 'z'.repeat(5_000_000), ''];
  const all = Buffer.from(rows.map((row) => `${row}\n`).join(''));
  const hash = new RowHash();
  for (let at = 0; at < all.length; at += 300_000) await hash.add(all.subarray(at, at + 300_000));
  assert.deepEqual(hashedRows([await hash.end()]), { rows: rows.length, hash: byDefinition(rows) });
});
