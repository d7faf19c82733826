import { HoldfastError } from '../../base/errors.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { lineCutter } from '../../format/copy-fields.ts';
import { readColumns, readRelations, type LiveRelation } from '../../postgres/inspect/relations.ts';
import { columnList } from '../../postgres/ranges.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import { readingSettings } from '../../postgres/session-settings.ts';
import { Session } from '../../postgres/wire/session.ts';
import { lockTables } from '../backup/snapshot.ts';
import { requireReadable } from '../entries/readable.ts';
import { selectByPattern, withDescendants } from '../entries/selection.ts';
import { textSettings } from '../text-encoding.ts';
import type { Side } from './side.ts';

/** How often it is looked again when tables were rewritten between looking and locking. */
const attempts = 5;

/**
 * The table of that name as it is now, in one snapshot: of a partitioned one the rows of its partitions. COPY of a table runs no code
 * of its owner.
 * @throws TABLES_NOT_FOUND; DIFF_NOT_POSSIBLE for a foreign table; TABLE_VANISHED, LOCK_TIMEOUT; what the server says
 */
export async function withLiveSide<T>(
  database: ConnectionTarget,
  manifest: Manifest,
  name: string,
  lockTimeoutMs: number,
  signal: AbortSignal,
  work: (side: Side) => Promise<T>,
): Promise<T> {
  const settings = { ...readingSettings, ...textSettings(manifest) };
  const session = await Session.open(
    database,
    { applicationName: 'holdfast diff', settings, lockTimeoutMs },
    signal,
  );
  try {
    const relations = await lockedRelations(session, name);
    const columns = await readColumns(
      session,
      relations.map(({ oid }) => oid),
    );
    const [first] = relations;
    const stored = (first ? (columns.get(first.oid) ?? []) : []).filter(
      ({ generated }) => generated === null,
    );
    return await work({
      name: 'the database',
      columns: stored.map((column) => ({ name: column.name, type: column.type })),
      async read(names, onRow) {
        for (const relation of relations) {
          const lines = lineCutter();
          await session.copyOut([`copy ${quoteName(relation)}${columnList(names)} to stdout`], {
            data(piece) {
              for (const line of lines.take(piece)) onRow(line);
            },
            statementEnd() {},
          });
        }
      },
    });
  } finally {
    await session.close();
  }
}

/** With locks, in a snapshot. */
async function lockedRelations(session: Session, name: string): Promise<LiveRelation[]> {
  let changed: string[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await session.execute('begin isolation level repeatable read, read only');
    const all = await readRelations(session);
    const named = selectByPattern(
      [name],
      all.filter(({ kind }) => kind === 'r' || kind === 'p'),
    );
    const relations = holding(named, all);
    requireTables(relations);
    requireReadable(relations);
    changed = await lockTables(session, relations);
    if (changed.length === 0) return relations;
    await session.execute('rollback');
  }
  throw new HoldfastError(
    'TABLE_VANISHED',
    `Tables were dropped, renamed, truncated or rewritten at each of ${attempts} attempts: ${changed.join(', ')}.`,
  );
}

/** The table of a name alone, or the partitions of a partitioned one. */
function holding(named: Set<LiveRelation>, all: readonly LiveRelation[]): LiveRelation[] {
  const isPartitioned = [...named].some(({ kind }) => kind === 'p');
  return isPartitioned ? [...withDescendants(named, all)].filter(({ kind }) => kind !== 'p') : [...named];
}

function requireTables(relations: readonly LiveRelation[]): void {
  const foreign = relations.find(({ kind }) => kind !== 'r');
  if (!foreign) return;
  throw new HoldfastError(
    'DIFF_NOT_POSSIBLE',
    `${displayName(foreign)} is a foreign table, of which a backup has no rows.`,
    { hint: 'Compare its other partitions by their own names.' },
  );
}
