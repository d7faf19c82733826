import fc from 'fast-check';
import { quoteLiteral } from '../../src/postgres/identifiers.ts';

/** A type and how to make values of it. */
export interface ColumnType {
  /** As it stands in CREATE TABLE. */
  sql: string;
  /** SQL expressions, never NULL. */
  value: fc.Arbitrary<string>;
  /** Has a btree and a hash operator class, so it can stand in a unique constraint. */
  comparable: boolean;
}

const encoder = new TextEncoder();

/** Any text that PostgreSQL can hold: every code point but NUL, control characters and newlines more often than chance. */
export const anyText = fc
  .oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
    {
      weight: 1,
      arbitrary: fc.string({
        unit: fc.constantFrom('\\', '\n', '\r', '\t', '.', 'N', "'", '"', '$', ' '),
        maxLength: 10,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '\\.',
        '\\N',
        '\n\\.\n',
        'NULL',
        '{}',
        '$$',
        "';--",
        '🐘',
        '\u{10FFFF}',
        ' ',
      ),
    },
  )
  .map((text) => text.replaceAll('\0', ''));

const systemColumns = new Set(['tableoid', 'cmax', 'xmax', 'cmin', 'xmin', 'ctid', '']);

/** A name of 1 to 63 bytes that can stand for a schema, a table, a type or a column. */
export const identifier = fc
  .oneof(
    fc.constantFrom(
      'a',
      'select',
      'user',
      'a b',
      'a"b',
      "a'b",
      '%s',
      'A',
      'ü漢',
      'a.b',
      '$1',
      '\\',
      ';--',
      'x\ny',
      '*',
      ' ',
      '/*',
    ),
    anyText,
    fc.string({ unit: 'binary', minLength: 10, maxLength: 70 }),
  )
  .map((text) => firstBytes(text.replaceAll('\0', '')))
  .filter((text) => !systemColumns.has(text) && !text.startsWith('pg_'));

/** As many whole characters as fit into the 63 bytes of a name. */
function firstBytes(text: string): string {
  let result = '';
  for (const character of text) {
    if (encoder.encode(result + character).length > 63) break;
    result += character;
  }
  return result;
}

const literal = (type: string) => (text: string) =>
  `${quoteLiteral(text)}::${type.replace(/ COLLATE.*/, '')}`;

/** A type whose values are written as text. */
function textual(sql: string, value: fc.Arbitrary<string>, comparable = true): ColumnType {
  return { sql, value: value.map(literal(sql)), comparable };
}

const day = fc.integer({ min: -700_000, max: 2_000_000 });
const microseconds = fc.bigInt({ min: -60_000_000_000_000_000n, max: 60_000_000_000_000_000n });
const digits = fc.stringMatching(/^-?[0-9]{1,20}(\.[0-9]{1,12})?$/);
const float = (numbers: fc.Arbitrary<number>): fc.Arbitrary<string> =>
  fc.oneof(
    numbers.map((value) => (Object.is(value, -0) ? '-0' : String(value))),
    fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0'),
  );
// No NUL and no lone surrogates in jsonb.
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value));
const spacedJson = fc
  .tuple(json, fc.constantFrom('', ' ', '\n', '\t \r\n'))
  .map(([text, space]) => `${space}[${space}${text},${space}{"a"${space}:1,"a":2}]${space}`);

/** `{…}` with every element quoted or NULL, and bounds of its own now and then. */
function arrayText(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const item = fc.option(
    element.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`),
    { nil: 'NULL', freq: 5 },
  );
  return fc.tuple(fc.array(item, { maxLength: 5 }), fc.integer({ min: -3, max: 3 })).map(([items, from]) => {
    const bounds = items.length > 0 && from !== 1 ? `[${from}:${from + items.length - 1}]=` : '';
    return `${bounds}{${items.join(',')}}`;
  });
}

const integer = fc.integer().map(String);

export const builtinTypes: ColumnType[] = [
  textual('smallint', fc.integer({ min: -32_768, max: 32_767 }).map(String)),
  textual('integer', integer),
  textual('bigint', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  textual('numeric', fc.oneof(digits, fc.constantFrom('NaN', 'Infinity', '-Infinity', '1.00', '0.000'))),
  textual('numeric(40, 8)', digits),
  textual('real', float(fc.float())),
  textual('double precision', float(fc.double())),
  textual('boolean', fc.constantFrom('t', 'f')),
  textual('text', anyText),
  textual('text COLLATE "C"', anyText),
  textual(
    'varchar(40)',
    anyText.map((text) => Array.from(text).slice(0, 40).join('')),
  ),
  textual(
    'char(12)',
    anyText.map((text) => Array.from(text).slice(0, 12).join('')),
  ),
  textual(
    'bytea',
    fc.uint8Array({ maxLength: 40 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
  ),
  textual('uuid', fc.uuid()),
  textual('json', fc.oneof(json, spacedJson), false),
  textual('jsonb', fc.oneof(json, spacedJson)),
  textual('integer[]', arrayText(integer)),
  textual('text[]', arrayText(anyText)),
  textual('inet', fc.oneof(fc.ipV4(), fc.ipV6())),
  textual('varbit', fc.stringMatching(/^[01]{0,40}$/)),
  textual('int4range', fc.constantFrom('empty', '(,)', '[1,5)', '(,7]', '[-3,)')),
  textual('tsvector', fc.constantFrom('', "'a':1 'b''c':2A", "'\\\\':3")),
  textual(
    'point',
    fc.tuple(float(fc.double()), float(fc.double())).map(([x, y]) => `(${x},${y})`),
    false,
  ),
  { sql: 'date', comparable: true, value: day.map((days) => `('2000-01-01'::date + ${days})`) },
  {
    sql: 'timestamp',
    comparable: true,
    value: microseconds.map((us) => `('2000-01-01'::timestamp + '1 us'::interval * ${us})`),
  },
  {
    sql: 'timestamptz',
    comparable: true,
    value: microseconds.map((us) => `('2000-01-01Z'::timestamptz + '1 us'::interval * ${us})`),
  },
  {
    sql: 'interval',
    comparable: true,
    value: fc
      .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer(), microseconds)
      .map(([months, days, us]) => `('${months} mons ${days} days'::interval + '1 us'::interval * ${us})`),
  },
];

export function enumType(name: string, labels: string[]): ColumnType {
  const sql = name;
  return { sql, value: fc.constantFrom(...labels).map(literal(sql)), comparable: true };
}
