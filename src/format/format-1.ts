import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import {
  chunkReference,
  invalidManifest,
  manifest,
  manifestTable,
  namedTwice,
  rangeChunks,
  problemsOf,
  rangeExtent,
  type Manifest,
} from './manifest.ts';

/*
 * The first version of the format: the whole manifest is one JSON document. docs/FORMAT-1.md is its specification. It is
 * read for ever.
 */

export const format1 = 'holdfast/1';

/** A range has its chunks in it, which are one segment. */
const range = rangeExtent
  .extend({ chunks: z.array(chunkReference) })
  .transform(({ chunks, ...extent }) => ({ ...extent, segments: [{ chunks, lines: extent.rows }] }));

const document = manifest.omit({ globals: true }).extend({
  format: z.literal(format1),
  /** It has no globals. */
  type: z.enum(['full', 'partial']),
  tables: z.array(manifestTable.extend({ ranges: z.array(range) })),
});

/** @throws MANIFEST_INVALID with the first problems, for anything that is no document of this version */
export function parseFormat1(value: unknown): Manifest {
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'string' && format !== format1) {
    throw new HoldfastError('MANIFEST_INVALID', `The manifest has format ${format}, not ${format1}.`);
  }
  const result = document.safeParse(value);
  const problems = result.success
    ? namedTwice(result.data).map((name) => `${name} is named twice`)
    : problemsOf(result.error);
  if (result.success && problems.length === 0) return result.data;
  throw invalidManifest(problems);
}

/** The document of a manifest in this version, which has no drops. */
export function asFormat1(from: Manifest): unknown {
  const tables = from.tables.map(({ ranges, ...table }) => ({
    ...table,
    ranges: ranges.map((each) => {
      const { segments: _, ...extent } = each;
      return { ...extent, chunks: rangeChunks([each]) };
    }),
  }));
  return { ...from, format: format1, tables };
}
