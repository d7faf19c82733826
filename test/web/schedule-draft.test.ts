import assert from 'node:assert/strict';
import test from 'node:test';
import {
  completeTime,
  fieldProblems,
  isSameDraft,
  missingFrom,
  scheduleBodyOf,
  type ScheduleDraft,
} from '../../web/src/schedule/schedule-draft.ts';
import { ordinal, scheduleSentence } from '../../web/src/schedule/schedule-words.ts';

const daily: ScheduleDraft = {
  enabled: true,
  frequency: 'daily',
  time: '02:00',
  dayOfWeek: 0,
  dayOfMonth: 1,
  cron: '',
  timezone: 'Europe/Zurich',
  type: 'full',
  tables: [],
  missedRuns: 'once',
  jitterSeconds: 0,
  store: null,
  copyTo: null,
};

test('a time is completed as people write it, and what is none is left', () => {
  for (const [typed, meant] of [
    ['7:5', '07:05'],
    ['7', '07:00'],
    ['23', '23:00'],
    ['730', '07:30'],
    ['0730', '07:30'],
    [' 7.30 ', '07:30'],
    ['02:00', '02:00'],
    ['noon', 'noon'],
    ['', ''],
  ] as const) {
    assert.equal(completeTime(typed), meant, typed);
  }
});

test('what is not in use is neither sent nor asked for', () => {
  const half = { ...daily, cron: '* *', tables: ['public.a'] };
  assert.equal(scheduleBodyOf(half).cron, null);
  assert.deepEqual(scheduleBodyOf(half).tables, []);
  assert.deepEqual(missingFrom(half), {});
  assert.ok(isSameDraft(daily, half));
});

test('what is missing is said at its field', () => {
  assert.deepEqual(Object.keys(missingFrom({ ...daily, time: '25:00' })), ['time']);
  assert.deepEqual(Object.keys(missingFrom({ ...daily, frequency: 'cron', time: '' })), ['cron']);
  assert.deepEqual(Object.keys(missingFrom({ ...daily, type: 'partial' })), ['tables']);
});

test('what the server says of a field is found', () => {
  assert.deepEqual(fieldProblems({ details: { problems: [{ field: 'cron', problem: 'no' }] } }), {
    cron: 'no',
  });
  assert.deepEqual(fieldProblems(null), {});
  assert.deepEqual(fieldProblems(new Error('no details')), {});
});

test('a schedule reads as a sentence', () => {
  assert.equal(scheduleSentence(daily), 'A backup of everything every day at 02:00, Europe/Zurich time.');
  assert.equal(
    scheduleSentence({ ...daily, frequency: 'hourly', time: '00:05', type: 'partial' }),
    'A backup of chosen tables every hour at 05 minutes past, Europe/Zurich time.',
  );
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map(ordinal), [
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '22nd',
    '23rd',
    '31st',
  ]);
});
