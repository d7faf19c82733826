import type { Conversion } from './type-changes.ts';

const blank = 0x20;
const nullText = '\\N';

/** Rewrites fields so that the new type reads the value that a cast of the old one gives; undefined where none must be. */
export function converterOf(
  conversion: Conversion,
): ((field: Uint8Array) => Uint8Array | undefined) | undefined {
  switch (conversion.kind) {
    case 'none':
      return undefined;
    case 'trim':
      return trimmed;
    case 'boolean as word':
      return ofText((text) => (text === 't' ? 'true' : 'false'));
    case 'network as text':
      return ofText((text) => (text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`));
    case 'real as double':
      return ofText(realAsDouble);
    case 'in zone':
      return ofText((text) => inZone(text, conversion));
  }
}

function ofText(convert: (text: string) => string): (field: Uint8Array) => Uint8Array | undefined {
  return (field) => {
    const text = Buffer.from(field.buffer, field.byteOffset, field.length).toString('latin1');
    return text === nullText ? undefined : Buffer.from(convert(text), 'latin1');
  };
}

function trimmed(field: Uint8Array): Uint8Array {
  let end = field.length;
  while (end > 0 && field[end - 1] === blank) end--;
  return field.subarray(0, end);
}

/** The shortest text of a real is not that of the double that is equal to it. */
function realAsDouble(text: string): string {
  const value = Math.fround(Number(text));
  if (!Number.isFinite(value)) return text;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** PostgreSQL: "Date/Time Input" takes the full name of a time zone behind the time. */
function inZone(text: string, { zone, date }: Extract<Conversion, { kind: 'in zone' }>): string {
  if (text.endsWith('infinity')) return text;
  const [, value = text, era = ''] = /^(.*?)( BC)?$/.exec(text) ?? [];
  return `${value}${date ? ' 00:00:00' : ''} ${zone}${era}`;
}
