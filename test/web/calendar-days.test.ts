import assert from 'node:assert/strict';
import test from 'node:test';
import { dayReader, monthsBetween } from '../../web/src/schedule/calendar-days.ts';

test('a moment is on the day that the zone shows', () => {
  const late = '2026-11-21T23:30:00.000Z';
  assert.equal(dayReader('UTC')(late), '2026-11-21');
  assert.equal(dayReader('Europe/Zurich')(late), '2026-11-22');
  assert.equal(dayReader('America/New_York')(late), '2026-11-21');
});

test('months come newest first, over the turn of the year', () => {
  const months = monthsBetween('2025-11-30', '2026-02-01').map((month) => month.month);
  assert.deepEqual(months, ['2026-02', '2026-01', '2025-12', '2025-11']);
});

test('weeks begin on Monday and have seven days', () => {
  const [november] = monthsBetween('2026-11-01', '2026-11-30');
  assert.ok(november);
  // 1 November 2026 is a Sunday.
  assert.deepEqual(
    november.weeks[0]?.map((day) => day?.dayOfMonth ?? null),
    [null, null, null, null, null, null, 1],
  );
  assert.ok(november.weeks.every((week) => week.length === 7));
  assert.equal(november.weeks.flat().filter((day) => day !== null).length, 30);
  const [leap] = monthsBetween('2028-02-10', '2028-02-10');
  assert.equal(leap?.weeks.flat().filter((day) => day !== null).length, 29);
});
