import { z } from 'zod';
import { count, manifest, type Manifest } from './manifest.ts';
import { part, partKinds } from './parts.ts';
import { factsOfGlobals, globalsFacts } from './globals.ts';

/** How a backup came about: what a catalog that is made again from a store cannot know otherwise. */
export const about = z.object({
  description: z.string().nullable(),
  /** What ordered it: `manual`, `schedule`, … */
  trigger: z.string(),
  /** The name of the schedule that ordered it. */
  schedule: z.string().nullable(),
  /** When that was due, for a run of a schedule. */
  dueAt: z.iso.datetime().nullable(),
  startedAt: z.iso.datetime(),
  /** The version of Holdfast that wrote it. */
  holdfast: z.string(),
});
export type About = z.infer<typeof about>;

/** What of a manifest is small, and where the rest of it is. */
export const root = manifest
  .omit({
    format: true,
    schema: true,
    tables: true,
    sequences: true,
    largeObjects: true,
    warnings: true,
    globals: true,
  })
  .extend({
    /** e.g. `pg_dump 18.3 (wasm)`. */
    dumper: z.string(),
    largeObjects: z.object({ rows: count, rawBytes: count }),
    /** Of type `globals`: which passwords it has, and how many lines of each name. */
    globals: globalsFacts.optional(),
    about: about.nullable(),
    /** Kind after kind. */
    parts: z.array(part).refine(isInOrder, 'the kinds of parts are not in order'),
  });
export type Root = z.infer<typeof root>;

/** What of a root comes from the manifest. */
export type RootFacts = Omit<Root, 'about' | 'parts'>;

function isInOrder(parts: readonly { kind: (typeof partKinds)[number] }[]): boolean {
  const places = parts.map(({ kind }) => partKinds.indexOf(kind));
  return places.every((place, i) => i === 0 || place >= places[i - 1]!);
}

export function rootFacts(from: Manifest): RootFacts {
  const {
    format: _,
    schema,
    tables: _tables,
    sequences: _sequences,
    warnings: _warnings,
    globals,
    ...rest
  } = from;
  const { rows, rawBytes } = from.largeObjects;
  return {
    ...rest,
    ...(globals ? { globals: factsOfGlobals(globals) } : {}),
    dumper: schema.dumper,
    largeObjects: { rows, rawBytes },
  };
}
