import type { ApiToken } from '../data/client.ts';

type Scope = ApiToken['scopes'][number];

export const scopeTitles: Record<Scope, string> = {
  read: 'read',
  point: 'take points',
  backup: 'back up',
  restore: 'restore',
  admin: 'everything',
};

/** What each admits, as one would say it to who makes a token. */
export const scopeWords: Record<Scope, string> = {
  read: 'See what is there and how it is, without a row of the data. For dashboards.',
  point: 'Take points to go back to, and nothing else. For deploy scripts and agents.',
  backup: 'Read, take points, and order backups, copies and checks. Deletes nothing.',
  restore: 'Read, see the data in backups, and put them back over the database.',
  admin: 'All of it: also delete backups, change schedules, and make tokens.',
};
