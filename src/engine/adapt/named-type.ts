import type { NamedType } from '../../postgres/inspect/column-types.ts';

/** PostgreSQL: VARHDRSZ, which the modifiers of some types have added to them. */
const header = 4;
const precisionBits = 16;
/** A scale has eleven bits and may be negative. */
const scaleMask = 0x7ff;

const limited = /^(character varying|character|bit varying|bit|numeric)\((\d+)(?:,(-?\d+))?\)$/;
const timed = /^(timestamp|time|interval)(?:\((\d)\))?( with time zone| without time zone)?$/;

/**
 * Takes the text of a type in a manifest apart into name and modifier, as pg_type has them. What is not understood keeps its
 * text as its name: no live type is found by it, or one without a modifier.
 */
export function namedType(text: string): NamedType {
  if (text.endsWith('[]')) {
    const element = namedType(text.slice(0, -2));
    return { text, name: `${element.name}[]`, modifier: element.modifier };
  }
  // Without a length these are written so, to tell them from those of length 1.
  if (text === 'bpchar') return { text, name: 'character', modifier: -1 };
  if (text === '"bit"') return { text, name: 'bit', modifier: -1 };
  const [, name, first, second] = limited.exec(text) ?? [];
  if (name !== undefined) return { text, name, modifier: limit(name, Number(first), Number(second ?? 0)) };
  const [, base, precision, zone = ''] = timed.exec(text) ?? [];
  if (base !== undefined && precision !== undefined) {
    // The modifier of an interval has its fields beside the precision: all of them.
    const fields = base === 'interval' ? 0x7fff << precisionBits : 0;
    return { text, name: `${base}${zone}`, modifier: fields | Number(precision) };
  }
  return { text, name: text, modifier: -1 };
}

function limit(name: string, first: number, second: number): number {
  if (name.startsWith('bit')) return first;
  if (name === 'numeric') return ((first << precisionBits) | (second & scaleMask)) + header;
  return first + header;
}

/** Digits before and behind the point that a numeric with this modifier has room for; null without a limit. */
export function digitsOf(modifier: number): { before: number; behind: number } | null {
  if (modifier < header) return null;
  const precision = ((modifier - header) >> precisionBits) & 0xffff;
  const scale = (((modifier - header) & scaleMask) ^ 1024) - 1024;
  return { before: precision - scale, behind: scale };
}

/** Characters that a text type with this modifier has room for. */
export function lengthOf(modifier: number): number {
  return modifier < header ? Infinity : modifier - header;
}
