/** The screens of the admin page, and how to get to each as somebody would. */
import type { Page } from 'playwright-core';

export interface Screen {
  name: string;
  /** Below `ui/`. */
  at: string;
  prepare?: (page: Page) => Promise<unknown>;
  signedOut?: boolean;
  /** Only what the window shows, for dialogs. */
  window?: boolean;
}

/** Of a database that knows nothing of Holdfast. */
export const unsetScreens: readonly Screen[] = [
  { name: 'sign-in', at: '', signedOut: true, prepare: (page) => page.getByLabel('Admin token').waitFor() },
  { name: 'setup', at: '', prepare: (page) => page.getByRole('heading', { level: 1 }).waitFor() },
];

export const screens: readonly Screen[] = [
  { name: 'overview', at: '' },
  { name: 'backups', at: 'backups' },
  { name: 'backup-new', at: 'backups/new' },
  { name: 'backup', at: 'backups/1' },
  {
    name: 'backup-failed',
    at: 'backups?status=failed',
    prepare: (page) => openFirst(page, /^(Backup )?\d+$/),
  },
  {
    name: 'restore-1-backup',
    at: 'restore?lost=table',
    prepare: (page) => page.getByRole('main').getByRole('radio').first().waitFor(),
  },
  {
    name: 'restore-2-tables',
    at: 'restore?backup=1',
    prepare: async (page) => {
      await page.getByLabel('Find a table').fill('order');
      await page.getByRole('checkbox', { name: 'public.orders' }).check();
    },
  },
  {
    name: 'restore-3-target',
    at: 'restore?backup=1&table=public.orders&step=target',
    prepare: (page) => page.getByRole('main').getByRole('radio').first().waitFor(),
  },
  {
    name: 'restore-4-review',
    at: 'restore?backup=1&table=public.reviews&table=public.coupons&step=review',
    prepare: (page) => page.getByLabel(/^Type/).fill('shop'),
  },
  { name: 'restore-0-loss', at: 'restore', prepare: (page) => page.getByText('Just look').waitFor() },
  {
    name: 'restore-customer',
    at: 'restore?backup=1&lost=customer&step=customer',
    prepare: (page) => page.getByLabel('Their customer_id').fill('4711'),
  },
  {
    name: 'restore-customer-review',
    at: 'restore?backup=1&lost=customer&step=review&customer=11',
    prepare: (page) => page.getByText('Table', { exact: true }).first().waitFor(),
  },
  {
    name: 'restore-server',
    at: 'restore?backup=1&lost=server&what=everything&elsewhere=true&step=target',
    prepare: (page) => page.getByLabel('Address of the other server').waitFor(),
  },
  {
    name: 'backup-rows',
    at: 'backups/1?show=rows',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Show rows' }).click();
      await page.getByRole('button', { name: /^Tick all/ }).waitFor();
    },
  },
  { name: 'restore-done', at: 'restore/1', prepare: (page) => page.getByText('Completed').first().waitFor() },
  { name: 'restore-failed', at: 'restore/3', prepare: (page) => page.getByText('Failed').first().waitFor() },
  {
    name: 'access',
    at: 'access',
    prepare: (page) => page.getByText('There are no tokens').waitFor(),
  },
  {
    name: 'schedule',
    at: 'schedule',
    prepare: (page) => page.getByRole('list', { name: 'Next runs' }).waitFor(),
  },
  {
    name: 'schedule-clock-change',
    at: 'schedule',
    prepare: async (page) => {
      await page.getByLabel('How often').selectOption('weekly');
      await page.getByRole('combobox', { name: 'Day' }).selectOption('Sunday');
      await page.getByLabel('Time', { exact: true }).fill('02:30');
      await page.getByText('Clock goes forward').waitFor();
    },
  },
  {
    name: 'retention',
    at: 'schedule/retention',
    prepare: (page) => page.getByRole('group', { name: 'Calendar of backups' }).waitFor(),
  },
  {
    name: 'retention-changed',
    at: 'schedule/retention',
    prepare: async (page) => {
      await page.getByLabel('Keep everything for').fill('7');
      await page.getByText('What this policy would keep').waitFor();
      await page.getByText(/backups go with the next cleanup/).waitFor();
    },
  },
  { name: 'history', at: 'history', prepare: (page) => page.getByRole('table').waitFor() },
  {
    name: 'history-cleanups',
    at: 'history/cleanups',
    prepare: (page) => page.getByRole('table').waitFor(),
  },
  { name: 'not-found', at: 'nowhere' },
];

/** While a backup runs. */
export const runningScreens: readonly Screen[] = [
  { name: 'overview-running', at: '', prepare: (page) => page.getByRole('progressbar').first().waitFor() },
  {
    name: 'backups-running',
    at: 'backups',
    prepare: (page) => page.getByRole('progressbar').first().waitFor(),
  },
];

/** Those that the README shows, and which end of them. */
export const readmeScreens: ReadonlyMap<string, 'top' | 'bottom'> = new Map([
  ['overview-wide-light', 'top'],
  ['overview-wide-dark', 'top'],
  ['restore-4-review-wide-light', 'top'],
  ['retention-changed-wide-light', 'bottom'],
]);

async function openFirst(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('main').getByRole('link', { name }).first().click();
}
