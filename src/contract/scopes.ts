/**
 * What a caller may do. `read`: what is there and how it is, without a row of the data. `point`: take points to go back to, and nothing
 * else. `backup`: `read`, `point`, and order backups, copies and checks. `restore`: `read`, and see the data in backups and put them
 * back. `admin`: all of it, with what deletes, what changes settings, and tokens.
 */
export const scopes = ['read', 'point', 'backup', 'restore', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What a call needs: a scope, or nothing at all. */
export type NeededScope = Scope | 'open';

/** Which calls each scope admits, beside those that need nothing. */
const admits: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  point: ['point'],
  backup: ['read', 'point', 'backup'],
  restore: ['read', 'restore'],
  admin: scopes,
};

/** Whether one who has these scopes may do what needs that one. */
export function admitted(held: readonly Scope[], needed: NeededScope): boolean {
  return needed === 'open' || held.some((scope) => admits[scope].includes(needed));
}
