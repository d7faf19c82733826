import { quoteLiteral } from '../../postgres/identifiers.ts';
import type { ColumnType } from '../../postgres/inspect/column-types.ts';
import { digitsOf, lengthOf } from './named-type.ts';

/** What is done to the text of a value, so that the new type reads it as the value that a cast gives. */
export type Conversion =
  | { kind: 'none' }
  | { kind: 'trim' }
  | { kind: 'boolean as word' }
  | { kind: 'network as text' }
  | { kind: 'real as double' }
  /** With the time where it is a date. */
  | { kind: 'in zone'; zone: string; date: boolean };

/** How values of a type go into a column of another. */
export interface TypeChange {
  conversion: Conversion;
  /** SQL of the value of the old type in a column of the new one. @param column quoted */
  readBack(column: string): string;
}

const none: Conversion = { kind: 'none' };
/** The text stays the same. */
const asIs: TypeChange = { conversion: none, readBack: (column) => column };

/** What a type that is written with digits alone may need: digits, and characters with its sign. */
const integers = new Map([
  ['smallint', { digits: 5, characters: 6, rank: 1 }],
  ['integer', { digits: 10, characters: 11, rank: 2 }],
  ['bigint', { digits: 19, characters: 20, rank: 3 }],
]);
/** The widest integer that each holds exactly. */
const floats = new Map([
  ['real', 1],
  ['double precision', 2],
]);

/** Their cast to text gives what COPY writes; the longest text, where there is one. */
const likeText = new Map<string, number>([
  ...[...integers].map(([name, { characters }]): [string, number] => [name, characters]),
  ['uuid', 36],
  ...[
    'numeric',
    'real',
    'double precision',
    'date',
    'time without time zone',
    'time with time zone',
    'timestamp without time zone',
    'timestamp with time zone',
    'interval',
    'json',
    'jsonb',
    'bytea',
    'cidr',
    'name',
  ].map((name): [string, number] => [name, Infinity]),
]);

/** Of the modifiers that give the digits of a second; without one there are six. */
const timed = new Set([
  'time without time zone',
  'time with time zone',
  'timestamp without time zone',
  'timestamp with time zone',
]);

/**
 * How the values of one type go into another, if every one of them does, and all of it. What depends on the rows is refused:
 * whether they fit would show only when they are loaded.
 * @returns the reason why they do not, a clause
 */
export function typeChange(from: ColumnType, to: ColumnType, zone: string | null): TypeChange | string {
  if (to.domain) {
    if (to.domain.constrained && from.text !== to.text) {
      return `${to.text} has rules of its own, which rows of the backup may not keep`;
    }
    if (from.text !== to.text) return typeChange(from, to.domain.of, zone);
  }
  if (from.text === to.text) return asIs;
  const change = changeOf(from.domain ? underlying(from.domain.of) : from, to, zone);
  if (typeof change !== 'string' || change !== narrower) return change;
  return `not every value of ${from.text} fits ${to.text}`;
}

/** Why not, where nothing else is known. */
const narrower = 'narrower';

const underlying = (type: ColumnType): ColumnType => (type.domain ? underlying(type.domain.of) : type);

/** Neither is a domain, and they are not the same. */
function changeOf(from: ColumnType, to: ColumnType, zone: string | null): TypeChange | string {
  if (from.element && to.element) return ofElements(from, to);
  if (isText(to)) return toText(from, to);
  if (from.labels && to.labels) {
    const lacking = from.labels.filter((label) => !to.labels!.includes(label));
    return lacking.length === 0 ? asIs : `${to.text} lacks ${lacking.map(quoteLiteral).join(', ')}`;
  }
  if (!from.builtin || !to.builtin) return narrower;
  const cast: TypeChange = { conversion: none, readBack: (column) => `${column}::${from.text}` };
  const integer = integers.get(from.name);
  if (integer) {
    const wider = integers.get(to.name);
    if (wider) return wider.rank > integer.rank ? asIs : narrower;
    const float = floats.get(to.name);
    if (float !== undefined) return integer.rank <= float ? asIs : `${to.text} does not hold every integer`;
    if (to.name !== 'numeric') return narrower;
    const room = digitsOf(to.modifier);
    return room === null || (room.before >= integer.digits && room.behind >= 0) ? cast : narrower;
  }
  if (from.name === 'numeric' && to.name === 'numeric') return widerNumeric(from, to, cast);
  if (from.name === 'real' && to.name === 'double precision') {
    return { ...cast, conversion: { kind: 'real as double' } };
  }
  if (from.name === 'jsonb' && to.name === 'json') return cast;
  if (from.name === 'json' && to.name === 'jsonb') {
    return 'jsonb keeps neither the text of json nor keys that come twice';
  }
  if (from.name === 'cidr' && to.name === 'inet') return cast;
  if (from.name.startsWith('bit') && to.name.startsWith('bit')) return widerBits(from, to);
  return ofTime(from, to, zone, cast);
}

function ofElements(from: ColumnType, to: ColumnType): TypeChange | string {
  const change = typeChange(from.element!, to.element!, null);
  if (typeof change === 'string') return change === narrower ? narrower : `of its elements, ${change}`;
  if (change.conversion.kind !== 'none') return `the elements of ${from.text} would have to be rewritten`;
  const same = change.readBack('x') === 'x';
  return { conversion: none, readBack: (column) => (same ? column : `${column}::${from.text}`) };
}

const isText = ({ name, builtin }: ColumnType): boolean =>
  builtin && (name === 'text' || name === 'character varying' || name === 'character');

function toText(from: ColumnType, to: ColumnType): TypeChange | string {
  const room = to.name === 'text' ? Infinity : lengthOf(to.modifier);
  const cast = { readBack: (column: string) => `${column}::${from.text}` };
  const fits = (longest: number): boolean => longest <= room;
  if (isText(from)) {
    const longest = from.name === 'text' ? Infinity : lengthOf(from.modifier);
    if (!fits(longest)) return narrower;
    if (from.name !== 'character') {
      // Blanks at the end would be lost.
      return to.name === 'character' ? 'character loses blanks at the end' : asIs;
    }
    if (to.name === 'character') return { conversion: none, ...cast };
    return from.modifier < 0 ? asIs : { conversion: { kind: 'trim' }, ...cast };
  }
  if (to.name === 'character') return narrower;
  if (from.labels) {
    return fits(Math.max(0, ...from.labels.map((label) => Array.from(label).length))) ? asIs : narrower;
  }
  if (!from.builtin) return narrower;
  if (from.name === 'boolean') {
    return fits(5) ? { conversion: { kind: 'boolean as word' }, ...cast } : narrower;
  }
  if (from.name === 'inet') {
    return fits(Infinity) ? { conversion: { kind: 'network as text' }, ...cast } : narrower;
  }
  const longest = likeText.get(from.name);
  return longest !== undefined && fits(longest) ? asIs : narrower;
}

function widerNumeric(from: ColumnType, to: ColumnType, cast: TypeChange): TypeChange | string {
  const [then, now] = [digitsOf(from.modifier), digitsOf(to.modifier)];
  if (now === null) return asIs;
  if (then === null || now.before < then.before || now.behind < then.behind) return narrower;
  return now.behind === then.behind ? asIs : cast;
}

function widerBits(from: ColumnType, to: ColumnType): TypeChange | string {
  if (to.name !== 'bit varying') return narrower;
  const room = to.modifier < 0 ? Infinity : to.modifier;
  return (from.modifier < 0 ? Infinity : from.modifier) <= room ? asIs : narrower;
}

function ofTime(
  from: ColumnType,
  to: ColumnType,
  zone: string | null,
  cast: TypeChange,
): TypeChange | string {
  const digits = ({ modifier }: ColumnType): number => (modifier < 0 ? 6 : modifier);
  if (from.name === to.name && timed.has(to.name)) return digits(from) <= digits(to) ? asIs : narrower;
  const date = from.name === 'date';
  if (date && to.name === 'timestamp without time zone') return cast;
  if (to.name !== 'timestamp with time zone' || (!date && from.name !== 'timestamp without time zone')) {
    return narrower;
  }
  if (zone === null) {
    return `${from.text} does not say in which time zone it is: name one with timestampZone (--timestamp-zone)`;
  }
  if (!date && digits(from) > digits(to)) return narrower;
  return {
    conversion: { kind: 'in zone', zone, date },
    readBack: (column) => `pg_catalog.timezone(${quoteLiteral(zone)}, ${column})::${from.text}`,
  };
}
