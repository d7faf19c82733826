import type { UndoneRestore } from '../../contract/undo.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { leftOutWithExtensions } from './left-out.ts';
import type { RestoreScope } from './scope.ts';

/** What of its safety backup undoes a restore: what that restore replaced, and nothing that it left alone. */
export function undoneScope(manifest: Manifest, undone: UndoneRestore): RestoreScope {
  const replaced = new Set(undone.tables.map(({ table }) => table));
  // Those that may be partitioned today, and are in the safety backup as their partitions.
  const inParts = new Set(undone.ofRows ? replaced : undone.adapted);
  const isReplaced = ({ ancestors, ...table }: ManifestTable): boolean =>
    replaced.has(displayName(table)) || ancestors.some((each) => inParts.has(displayName(each)));
  const tables = manifest.tables.filter(isReplaced);
  const namesOf = (of: Manifest['tables']): Set<string> =>
    new Set(of.flatMap((table) => [displayName(table), ...table.ancestors.map(displayName)]));
  const covered = namesOf(tables);
  const left = namesOf(manifest.tables.filter((table) => !isReplaced(table)));
  const set = undone.sequences && new Set(undone.sequences);
  const sequences = manifest.sequences.filter((sequence) => {
    if (set) return set.has(displayName(sequence)) && (undone.whole || sequence.ownedBy !== null);
    return sequence.ownedBy !== null && covered.has(displayName(sequence.ownedBy));
  });
  return {
    tables,
    sequences,
    sharedSequences: new Set(
      sequences.filter(({ ownedBy }) => ownedBy !== null && left.has(displayName(ownedBy))),
    ),
    largeObjects: undone.largeObjects,
    whole: false,
    leftOut: leftOutWithExtensions(manifest, []),
  };
}
