import { HoldfastError } from '../../base/errors.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { changedSchemas, heldRelations, readSchemaVersions } from '../../postgres/inspect/held-names.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { LiveRelation } from '../../postgres/inspect/relations.ts';
import type { Session } from '../../postgres/wire/session.ts';

export interface TargetNames {
  /** @throws TABLE_VANISHED unless these relations, of the tables' names, are the ones that were locked */
  requireLocked(present: ReadonlyMap<ManifestTable, LiveRelation>): Promise<void>;
  /** @throws TABLE_VANISHED when a name may have led to another table since */
  requireUnchanged(): Promise<void>;
}

/**
 * Tables are locked, emptied and filled by name, and a schema that is renamed meanwhile would lead to others.
 * Call it before the tables are locked.
 */
export async function watchTargetNames(
  session: Session,
  tables: readonly ManifestTable[],
): Promise<TargetNames> {
  const before = await readSchemaVersions(session);
  const concerned = new Set(tables.map(({ schema }) => schema));
  return {
    async requireLocked(present) {
      const held = await heldRelations(
        session,
        [...present.values()].map(({ oid }) => oid),
      );
      const others = [...present]
        .filter(([, { oid }]) => !held.has(oid))
        .map(([table]) => displayName(table));
      if (others.length === 0) return;
      throw new HoldfastError(
        'TABLE_VANISHED',
        `Others than those that were locked have these names now: ${others.join(', ')}.`,
        { details: { tables: others } },
      );
    },
    async requireUnchanged() {
      const changed = changedSchemas(before, await readSchemaVersions(session)).filter((name) =>
        concerned.has(name),
      );
      if (changed.length === 0) return;
      throw new HoldfastError(
        'TABLE_VANISHED',
        `Schemas were renamed or otherwise altered while their tables were filled: ${changed.join(', ')}. Nothing was changed.`,
        { details: { schemas: changed } },
      );
    },
  };
}
