import { sum } from '../base/sum.ts';
import { format2 } from './backup-document.ts';
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
export function manifestAssembler({ parts: _parts, about: _about, dumper, ...facts }: Root): {
  add(item: Item): void;
  end(): Manifest;
} {
  const manifest: Manifest = {
    format: format2,
    ...facts,
    schema: { dumper, entries: [], leftOut: [] },
    tables: [],
    sequences: [],
    largeObjects: { objects: [], chunks: [], ...facts.largeObjects },
    warnings: [],
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
      else warnings.push(item.value);
    },
    end() {
      const last = builder.end();
      if (last) tables.push(last);
      const problems = [
        ...differences(manifest),
        ...namedTwice(manifest).map((name) => `${name} is named twice`),
      ];
      if (problems.length > 0) throw invalidManifest(problems);
      return manifest;
    },
  };
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
