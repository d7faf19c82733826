import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { count } from '../../src/base/units.ts';

test('numbers are grouped as English readers group them', () => {
  const reference = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => assert.equal(count(value), reference.format(value))));
  for (const value of [0, 999, 1_000, 12_345, 999_999, 1_000_000, -1_234]) {
    assert.equal(count(value), reference.format(value));
  }
});
