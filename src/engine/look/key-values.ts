/** A value of the first column of the primary key, or of each of some columns. */
export type WantedKey = string | number | Readonly<Record<string, string | number | boolean | null>>;

/** A column and the value it is to have; null for NULL. */
export interface KeyValue {
  column: string;
  value: string | null;
}

/** @returns undefined for a value alone, where it is not known of which column it is */
export function keyValues(key: WantedKey | undefined, keyColumn: string | undefined): KeyValue[] | undefined {
  if (key === undefined) return [];
  if (typeof key === 'object') {
    return Object.entries(key).map(([column, value]) => ({
      column,
      value: value === null ? null : String(value),
    }));
  }
  return keyColumn === undefined ? undefined : [{ column: keyColumn, value: String(key) }];
}

/** How values of a key are told apart and compared. */
export type KeyKind = 'integer' | 'uuid' | 'text';

const kinds: ReadonlyMap<string, KeyKind> = new Map([
  ['smallint', 'integer'],
  ['integer', 'integer'],
  ['bigint', 'integer'],
  ['uuid', 'uuid'],
  ['text', 'text'],
  ['character varying', 'text'],
]);

/** @param type as the manifest names it. @returns undefined for one of which that is not known here */
export function keyKind(type: string): KeyKind | undefined {
  // Without the length that it may be limited to.
  return kinds.get(type.split('(')[0]!);
}

const integerText = /^[+-]?\d+$/;

/**
 * Whether a value may be between the least and the greatest one of a range; true where that cannot be told.
 * @param type as the manifest names it
 */
export function mayHold(
  [least, greatest]: readonly [least: string, greatest: string],
  value: string | null,
  type: string,
): boolean {
  if (value === null) return true;
  const kind = keyKind(type);
  if (kind === 'integer') {
    // It is no such number: then no row has it.
    if (!integerText.test(value)) return false;
    const number = BigInt(value);
    return number >= BigInt(least) && number <= BigInt(greatest);
  }
  if (kind === undefined) return true;
  const text = kind === 'uuid' ? uuidText(value) : value;
  const bytes = Buffer.from(text);
  return Buffer.compare(bytes, Buffer.from(least)) >= 0 && Buffer.compare(bytes, Buffer.from(greatest)) <= 0;
}

/** Whether a value of a backup is the one that is looked for, which may be written in another way. */
export function sameValue(stored: string | null, value: string | null, type: string): boolean {
  if (stored === null || value === null) return stored === value;
  if (stored === value) return true;
  if (keyKind(type) === 'integer') return integerText.test(value) && BigInt(value) === BigInt(stored);
  if (type === 'uuid') return uuidText(value) === stored;
  if (type === 'boolean') return booleans.get(value.toLowerCase()) === stored;
  return false;
}

const booleans: ReadonlyMap<string, string> = new Map([
  ['true', 't'],
  ['false', 'f'],
]);

/** As PostgreSQL writes it; it takes capitals, braces and hyphens elsewhere too. PostgreSQL: "UUID Type". */
function uuidText(value: string): string {
  const digits = value.toLowerCase().replaceAll(/[{}-]/g, '');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
