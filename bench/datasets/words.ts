import { chance } from '../../src/cli/sample-shop/chance.ts';

/*
 * Text that compresses about as prose does: invented words, few of them frequent and many rare. Constant strings
 * would flatter whoever compresses, random bytes would drown everything else.
 */

const beginnings = [
  'ba',
  'co',
  'dre',
  'fa',
  'gri',
  'ha',
  'i',
  'ke',
  'lo',
  'ma',
  'ne',
  'o',
  'pra',
  're',
  'sto',
  'ti',
  'u',
  've',
  'wa',
  'ya',
];
const middles = ['l', 'nd', 'r', 'st', 'm', 'rk', 'ss', 'v', 'nt', 'g'];
const endings = ['a', 'en', 'o', 'ing', 'er', 'ish', 'ow', 'ed', 'ule', 'y'];

/** 2,000 words of three to seven letters; a fixed stride mixes them, so that neighbours do not look alike. */
const vocabulary = Array.from({ length: 2000 }, (_, index) => {
  const mixed = (index * 1237) % 2000;
  return (
    (beginnings[mixed % 20] ?? '') +
    (middles[Math.floor(mixed / 20) % 10] ?? '') +
    (endings[Math.floor(mixed / 200)] ?? '')
  );
});

// name[] rather than text[]: its elements have a fixed width, so the server finds the n-th without walking there.
const array = `'{${vocabulary.join(',')}}'::name[]`;

/** One word; frequent ones come up as often as in prose. */
export function word(key: string, salt: number): string {
  return `(${array})[1 + floor(${vocabulary.length} * pow(${chance(key, salt)}, 3::float8))::int]::text`;
}

/** `count` words, and as an expression of one row. */
export function phrase(key: string, salt: number, count: number): string {
  return Array.from({ length: count }, (_, index) => word(key, salt + index)).join(` || ' ' || `);
}
