import { quoteLiteral } from '../../postgres/identifiers.ts';

/*
 * SQL expressions that look random and are not: each hashes a key (the row's number, as SQL) with a salt, so the
 * same shop is made on every machine, with any plan the server chooses. random() after setseed() would not do:
 * its order depends on the plan and its generator changed between PostgreSQL versions.
 */

/** A number from 0 up to, not including, 1. */
export function chance(key: string, salt: number): string {
  return `((hashint8extended((${key})::bigint, ${salt}) & 1073741823) / 1073741824.0::double precision)`;
}

/** A whole number from `low` to `high`, both included. */
export function between(key: string, salt: number, low: number, high: number): string {
  return `(${low} + floor(${chance(key, salt)} * ${high - low + 1}))::integer`;
}

/** One of the values, each as likely as the others. */
export function pick(values: readonly string[], key: string, salt: number): string {
  return `(${textArray(values)})[${between(key, salt, 1, values.length)}]`;
}

/** One of the values; the first ones come up far more often. */
export function pickEarly(values: readonly string[], key: string, salt: number): string {
  return `(${textArray(values)})[(1 + floor(pow(${chance(key, salt)}, 2) * ${values.length}))::integer]`;
}

/** `array['…', '…']::text[]` */
export function textArray(values: readonly string[]): string {
  return `array[${values.map(quoteLiteral).join(', ')}]::text[]`;
}
