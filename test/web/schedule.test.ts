import assert from 'node:assert/strict';
import test from 'node:test';
import { smallShop } from '../api/system.ts';
import { openPage } from './page.ts';

test('the next runs follow what is typed, with the change of the clock marked, and are saved only on demand', async (t) => {
  const { page, api, expect } = await openPage(t, { sql: smallShop, at: 'schedule' });
  const runs = page.getByRole('list', { name: 'Next runs' }).getByRole('listitem');
  await page.getByRole('switch', { name: 'Take backups automatically' }).check();
  await page.getByLabel('How often').selectOption('weekly');
  await page.getByRole('main').getByLabel('Day', { exact: true }).selectOption('Sunday');
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await zone.fill('Copenhagen');
  await page.getByRole('option', { name: 'Europe/Copenhagen' }).click();
  const time = page.getByLabel('Time', { exact: true });
  await time.fill('02:30');
  await page.getByText('every Sunday at 02:30, Europe/Copenhagen time').waitFor();
  await runs.filter({ hasText: '02:30' }).first().waitFor();
  assert.equal(await runs.count(), 20);
  assert.ok((await runs.allInnerTexts()).every((text) => /^Sun \d\d \w{3} \d{4} 0[23]:/.test(text)));

  // Twenty Sundays do not always reach a change of the clock. The last week of March and of October does, twice.
  await page.getByLabel('How often').selectOption('cron');
  await page.getByRole('textbox', { name: 'Cron expression' }).fill('30 2 25-31 3,10 *');
  await page.getByText('Clock goes forward').first().waitFor();
  const moved = runs.filter({ hasText: 'Clock goes forward' }).first();
  assert.match(await moved.innerText(), /03:00\s+\+02:00/);
  await page.getByText('First of two').first().waitFor();

  // Whether it is asked for depends on how fast this goes on.
  expect(/400.*\/backup\/schedule\/preview/s);
  await page.getByRole('textbox', { name: 'Cron expression' }).fill('61 2 * * *');
  await page
    .getByText(/minute/i)
    .last()
    .waitFor();
  assert.equal((await api.getSchedule()).enabled, false);

  await page.getByLabel('How often').selectOption('daily');
  await time.fill('430');
  await time.blur();
  assert.equal(await time.inputValue(), '04:30');
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await page.getByText('The schedule is saved.').waitFor();
  const saved = await api.getSchedule();
  assert.deepEqual(
    [saved.enabled, saved.frequency, saved.time, saved.timezone, saved.cron],
    [true, 'daily', '04:30', 'Europe/Copenhagen', null],
  );
  await page.getByText('Saved', { exact: true }).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Discard changes' }).isDisabled());
});

test('chosen tables can be scheduled, and nothing is saved while one is missing', async (t) => {
  const { page, api } = await openPage(t, { sql: smallShop, at: 'schedule' });
  await page.getByText('Chosen tables').click();
  await page.getByText('Choose at least one table').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Save the schedule' }).isDisabled());
  await page.getByRole('checkbox', { name: 'public.orders' }).check();
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await page.getByText('The schedule is saved.').waitFor();
  const { type, tables } = await api.getSchedule();
  assert.deepEqual([type, tables], ['partial', ['public.orders']]);
});

test('what somebody else saved meanwhile is not overwritten unseen', async (t) => {
  const { page, api, anotherTab } = await openPage(t, { at: 'schedule' });
  const time = page.getByLabel('Time', { exact: true });
  await time.fill('05:00');
  const other = await anotherTab('schedule');
  await other.getByLabel('Time', { exact: true }).fill('06:00');
  await other.getByRole('button', { name: 'Save the schedule' }).click();
  await other.getByText('The schedule is saved.').waitFor();

  await page.bringToFront();
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await page.getByText('It was changed elsewhere').waitFor();
  assert.equal((await api.getSchedule()).time, '06:00');
  assert.equal(await time.inputValue(), '05:00');
  await page.getByRole('button', { name: 'Discard changes' }).click();
  assert.equal(await time.inputValue(), '06:00');

  // Who has seen it may decide otherwise.
  await time.fill('07:00');
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await page.getByText('The schedule is saved.').waitFor();
  assert.equal((await api.getSchedule()).time, '07:00');
});

test('a retention policy shows day by day what it would keep, before it is saved', async (t) => {
  const { page, api, db } = await openPage(t, { sql: smallShop, at: 'schedule/retention' });
  const { id } = await api.createBackup({ wait: true });
  // Two weeks of nights before it.
  await db.client.query(
    `insert into system_backups (uuid, type, status, store, created_at, started_at, finished_at, table_count, row_count,
       raw_bytes, stored_bytes, chunk_count, server_version, backup_data)
     select gen_random_uuid(), type, status, store, created_at - n * interval '1 day', started_at - n * interval '1 day',
       finished_at - n * interval '1 day', table_count, row_count, raw_bytes, stored_bytes, chunk_count, server_version,
       backup_data
     from system_backups, generate_series(1, 13) n where id = $1`,
    [id],
  );
  await api.updateSchedule({ timezone: 'UTC', retentionDays: null, maxBackups: null });
  await page.reload();
  await page.getByText('All 14 backups stay.').waitFor();

  await page.getByLabel('Keep everything for').fill('3');
  await page.getByText(/3 backups stay, 11 backups go with the next cleanup/).waitFor();
  await page.getByText('What this policy would keep').waitFor();
  const calendar = page.getByRole('group', { name: 'Calendar of backups' });
  assert.equal(await calendar.getByRole('button', { name: /: 1 deleted$/ }).count(), 11);
  await calendar
    .getByRole('button', { name: /: 1 deleted$/ })
    .last()
    .click();
  await page.getByText('older than 3 days', { exact: false }).waitFor();
  // The arrow keys go from day to day.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await page.getByText('older than 3 days', { exact: false }).waitFor();

  await page.getByLabel('Weekly').fill('2');
  await page.getByText(/^[34] backups stay/).waitFor();
  assert.equal((await api.getSchedule()).retentionDays, null);

  await page.getByLabel('Keep everything for').fill('0');
  await page.getByText('A whole number from 1 to 36,500').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Save the retention policy' }).isDisabled());

  await page.getByLabel('Keep everything for').fill('3');
  await page.getByRole('button', { name: 'Save the retention policy' }).click();
  await page.getByText('The retention policy is saved.', { exact: false }).waitFor();
  const saved = await api.getSchedule();
  assert.deepEqual([saved.retentionDays, saved.keepWeekly, saved.maxBackups], [3, 2, null]);
  assert.equal((await api.listBackups()).total, 14, 'nothing was deleted yet');
});
