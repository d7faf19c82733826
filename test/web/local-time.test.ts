import assert from 'node:assert/strict';
import test from 'node:test';
import { readLocal } from '../../web/src/schedule/local-time.ts';

test('a local time is read as it stands, whatever zone the browser is in', () => {
  assert.deepEqual(readLocal('2026-03-29T03:00:00+02:00'), {
    day: 'Sun 29 Mar 2026',
    time: '03:00',
    offset: '+02:00',
  });
  assert.equal(readLocal('2026-12-31T23:30:00-09:30').offset, '-09:30');
  assert.equal(readLocal('2026-12-31T23:30:00Z').offset, '+00:00');
});
