import type { Scope } from './scopes.ts';

/** What each scope admits, and for whom it is; clauses. */
export const scopeWords: Readonly<Record<Scope, string>> = {
  read: 'what is there and how it is, without a row of the data: for dashboards',
  point: 'taking points to go back to, and nothing else: for deploy scripts and agents',
  backup: 'read and point; ordering backups, copies and checks. It deletes nothing',
  restore: 'read; seeing the data in backups, and putting them back',
  admin: 'everything: also deleting backups, schedules, and tokens',
};

/** As lines, the scopes below each other. */
export function scopeLines(): string[] {
  const width = Math.max(...Object.keys(scopeWords).map(({ length }) => length));
  return Object.entries(scopeWords).map(([scope, words]) => `${scope.padEnd(width)}  ${words}`);
}
