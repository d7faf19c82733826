import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import { parseBounded } from './bounded-json.ts';
import { globalsLines } from './globals.ts';
import { readLines, type ReadChunk } from './line-reader.ts';
import { lineWriter, type PutChunk } from './line-writer.ts';
import {
  chunkReference,
  leftOutObject,
  manifestLargeObject,
  manifestRange,
  manifestSegment,
  manifestSequence,
  manifestTable,
  manifestWarning,
  problemsOf,
  schemaEntry,
} from './manifest.ts';

/*
 * Parts: what of a manifest may be long, as lines of JSON in chunks. A line is an object with one field, whose name says
 * what its value is.
 */

/** What a chunk line holds at most; a segment of more chunks has several. */
export const maxChunksInLine = 1_000;

const chunks = z.array(chunkReference).max(maxChunksInLine);

/** Kinds of parts in the order in which they come, with the lines that each has. */
const lineKinds = {
  entries: { entry: schemaEntry, leftOut: leftOutObject },
  tables: {
    table: manifestTable.omit({ ranges: true }),
    /** Of the table before it, as `segment` is of the range before it, and `chunks` of the segment. */
    range: manifestRange.omit({ segments: true }),
    segment: manifestSegment.extend({ chunks }),
    chunks,
  },
  sequences: { sequence: manifestSequence },
  'large-objects': { object: manifestLargeObject, chunks },
  warnings: { warning: manifestWarning },
  globals: globalsLines,
} satisfies Record<string, Record<string, z.ZodType>>;

type LineKinds = typeof lineKinds;
export type PartKind = keyof LineKinds;
export const partKinds = Object.keys(lineKinds) as PartKind[];

export const part = chunkReference.extend({
  kind: z.enum(partKinds as [PartKind, ...PartKind[]]),
  /** Lines that end in it. */
  items: z.number().int().min(0),
});
export type Part = z.infer<typeof part>;

type ItemOf<Kind extends PartKind> = {
  [Name in keyof LineKinds[Kind]]: LineKinds[Kind][Name] extends z.ZodType
    ? { kind: Kind; name: Name; value: z.infer<LineKinds[Kind][Name]> }
    : never;
}[keyof LineKinds[Kind]];

/** One line: an entry, a table without its ranges, a range, … */
export type Item = { [Kind in PartKind]: ItemOf<Kind> }[PartKind];

/**
 * Writes items, which come kind after kind in the order of `partKinds`. Takes the same memory for any number of them.
 * @param onLine called with each item and its line, before it is written @returns what to wait for before the next, if anything
 * @returns the parts in order
 */
export async function writeParts(
  items: Iterable<Item> | AsyncIterable<Item>,
  put: PutChunk,
  onLine: (item: Item, line: string) => Promise<void> | undefined = () => undefined,
): Promise<Part[]> {
  const parts: Part[] = [];
  const writer = lineWriter(put);
  let kind = partKinds[0]!;
  const end = async (): Promise<void> => {
    for (const piece of await writer.end()) parts.push({ kind, ...piece });
  };
  const begin = async (next: PartKind): Promise<void> => {
    await end();
    if (partKinds.indexOf(next) < partKinds.indexOf(kind)) throw new Error(`${next} come before ${kind}`);
    kind = next;
  };
  for await (const item of items) {
    if (item.kind !== kind) await begin(item.kind);
    const line = JSON.stringify({ [item.name]: item.value });
    const first = onLine(item, line);
    if (first) await first;
    const full = writer.add(line);
    if (full) await full;
  }
  await end();
  return parts;
}

/**
 * The items in these parts, in order; the next part is read while this one is used.
 * @param parts all of a backup, or all of some kinds
 * @throws MANIFEST_INVALID for what no writer of this version makes; what `read` throws
 */
export async function* readItems(parts: readonly Part[], read: ReadChunk<Part>): AsyncGenerator<Item> {
  for (const kind of partKinds) {
    const ofKind = parts.filter((each) => each.kind === kind);
    let line = 0;
    for await (const text of readLines(ofKind, read, `The part of the manifest that has its ${kind}`)) {
      line++;
      yield parseItem(kind, text, line);
    }
  }
}

/**
 * The item of a line.
 * @param line its number, for the message of an error
 * @throws MANIFEST_INVALID for what no writer of this version makes
 */
export function parseItem(kind: PartKind, text: string, line: number): Item {
  const where = `Line ${line} of the ${kind} of the manifest`;
  const parsed = parseBounded(text, where);
  const fields = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  const [name = '', value] = fields[0] ?? [];
  const shapes: Record<string, z.ZodType> = lineKinds[kind];
  const shape = fields.length === 1 && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  if (!shape) {
    const known = Object.keys(shapes).join(', ');
    throw new HoldfastError(
      'MANIFEST_INVALID',
      `${where} is not an object with one field of these: ${known}.`,
    );
  }
  const result = shape.safeParse(value);
  if (result.success) return { kind, name, value: result.data } as Item;
  throw new HoldfastError('MANIFEST_INVALID', `${where} is invalid.`, {
    details: { problems: problemsOf(result.error).slice(0, 5) },
  });
}
