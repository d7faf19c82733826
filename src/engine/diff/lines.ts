import { fieldIn } from '../../format/copy-fields.ts';

const tab = 0x09;
const separator = Buffer.from('\t');

/** The fields of a line at these places, as another line. */
export function arranged(line: Uint8Array, places: readonly number[]): Uint8Array {
  const fields = fieldsIn(line);
  return Buffer.concat(
    places.flatMap((place, i) => {
      const field = fields[place] ?? new Uint8Array();
      return i === 0 ? [field] : [separator, field];
    }),
  );
}

/** The first fields of a line, together. */
export function firstFields(line: Uint8Array, count: number): Uint8Array {
  let end = -1;
  for (let left = count; left > 0; left--) {
    end = line.indexOf(tab, end + 1);
    if (end < 0) return line;
  }
  return line.subarray(0, end);
}

/** Which fields of two lines differ. */
export function differingFields(a: Uint8Array, b: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i).filter(
    (i) => Buffer.compare(fieldIn(a, i) ?? new Uint8Array(), fieldIn(b, i) ?? new Uint8Array()) !== 0,
  );
}

function fieldsIn(line: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  let from = 0;
  for (let end = line.indexOf(tab); end >= 0; end = line.indexOf(tab, from)) {
    fields.push(line.subarray(from, end));
    from = end + 1;
  }
  fields.push(line.subarray(from));
  return fields;
}
