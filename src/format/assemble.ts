import { isDeepStrictEqual } from 'node:util';
import { sum } from '../base/sum.ts';
import { format2 } from './backup-document.ts';
import { factsOfGlobals, noGlobals, type ServerGlobals } from './globals.ts';
import { invalidManifest, namedTwice, type Manifest } from './manifest.ts';
import { TableBuilder } from './manifest-items.ts';
import type { Item } from './parts.ts';
import type { Root } from './root.ts';

/**
 * A manifest of its root and all of its lines.
 * @throws MANIFEST_INVALID when something is named twice, or there is not as much as the root says
 */
export async function assembleManifest(root: Root, items: AsyncIterable<Item>): Promise<Manifest> {
  const assembler = manifestAssembler(root);
  for await (const item of items) assembler.add(item);
  return assembler.end();
}

/** The same of lines that are given one after another. Both throw as `assembleManifest` does. */
export function manifestAssembler(root: Root): {
  add(item: Item): void;
  end(): Manifest;
} {
  const { parts: _parts, about: _about, dumper, globals: globalsFacts, ...facts } = root;
  const globals = globalsFacts && noGlobals(globalsFacts.passwords);
  const manifest: Manifest = {
    format: format2,
    ...facts,
    schema: { dumper, entries: [], leftOut: [] },
    tables: [],
    sequences: [],
    largeObjects: { objects: [], chunks: [], ...facts.largeObjects },
    warnings: [],
    ...(globals ? { globals } : {}),
  };
  const { schema, tables, sequences, largeObjects, warnings } = manifest;
  const builder = new TableBuilder();
  return {
    add(item) {
      if (item.kind === 'tables') {
        const table = builder.add(item);
        if (table) tables.push(table);
      } else if (item.name === 'entry') schema.entries.push(item.value);
      else if (item.name === 'leftOut') schema.leftOut.push(item.value);
      else if (item.name === 'sequence') sequences.push(item.value);
      else if (item.name === 'object') largeObjects.objects.push(item.value);
      else if (item.name === 'chunks') largeObjects.chunks.push(...item.value);
      else if (item.name === 'warning') warnings.push(item.value);
      else addGlobal(globals, item);
    },
    end() {
      const last = builder.end();
      if (last) tables.push(last);
      const problems = [
        ...differences(manifest),
        ...problemsOfType(manifest, globalsFacts),
        ...namedTwice(manifest).map((name) => `${name} is named twice`),
      ];
      if (problems.length > 0) throw invalidManifest(problems);
      return manifest;
    },
  };
}

/** @throws MANIFEST_INVALID where the root says of none */
function addGlobal(globals: ServerGlobals | undefined, item: Item & { kind: 'globals' }): void {
  if (!globals) throw invalidManifest([`globals: ${item.name}, and the root has none`]);
  if (item.name === 'role') globals.roles.push(item.value);
  else if (item.name === 'membership') globals.memberships.push(item.value);
  else if (item.name === 'setting') globals.settings.push(item.value);
  else if (item.name === 'parameter') globals.parameters.push(item.value);
  else globals.tablespaces.push(item.value);
}

/** A type is what the backup has: one of globals has nothing of a database, and one of a database no globals. */
function problemsOfType(manifest: Manifest, facts: Root['globals']): string[] {
  const { type, globals, schema, tables, sequences, largeObjects } = manifest;
  if ((type === 'globals') !== (globals !== undefined)) return [`type: ${type}, which is not what it has`];
  if (!globals) return [];
  const others = [schema.entries, schema.leftOut, tables, sequences, largeObjects.objects];
  if (others.some((each) => each.length > 0)) return ['type: globals, and it has what belongs to a database'];
  return isDeepStrictEqual(factsOfGlobals(globals), facts)
    ? []
    : ['globals: there is not as much as the root says'];
}

/** Where a manifest has more or less than its totals say: a part that is left out would not be noticed otherwise. */
function differences({ totals, tables, largeObjects }: Manifest): string[] {
  const rows = sum(tables.map((table) => table.rows));
  const rawBytes = sum(tables.map((table) => table.rawBytes)) + largeObjects.rawBytes;
  const found: [string, number, number][] = [
    ['tables', totals.tables, tables.length],
    ['rows', totals.rows, rows],
    ['rawBytes', totals.rawBytes, rawBytes],
    ['largeObjects', totals.largeObjects, largeObjects.objects.length],
  ];
  return found
    .filter(([, said, there]) => said !== there)
    .map(([name, said, there]) => `totals.${name}: ${said}, but there are ${there}`);
}
