import { HoldfastError } from '../base/errors.ts';
import type { FindingRecord, KeptSign } from '../catalog/findings.ts';
import type { Settlement } from '../contract/finding.ts';
import type { RestoreRecord } from '../catalog/restores.ts';
import type { Transaction } from '../postgres/pool.ts';
import { declareUsual } from '../radar/radar.ts';
import { isNamed } from '../radar/named.ts';
import { redact } from '../base/redaction.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';

export interface Decision {
  /** Names of tables as signs have them; undefined for all. */
  tables: readonly string[] | undefined;
  /** Whether the like of it is ordinary for these tables. */
  usual: boolean;
  note: string | null;
}

export function findingNotFound(id: number): HoldfastError {
  return new HoldfastError('FINDING_NOT_FOUND', `There is no finding ${id}.`, { details: { id } });
}

/**
 * Settles a finding, or what it says of some tables, as right. When everything is settled, cleanup goes on.
 * @throws FINDING_NOT_FOUND; INVALID_REQUEST for a table that it does not name
 */
export async function lookedRight(
  { catalog }: RunContext,
  id: number,
  { tables, usual, note }: Decision,
): Promise<FindingRecord> {
  await catalog.pool.transaction(async (connection) => {
    const finding = await catalog.findings.take(connection, id);
    if (!finding) throw findingNotFound(id);
    const known = new Set(finding.signs.map(({ sign }) => sign.table));
    const unknown = tables?.filter((table) => !known.has(table)) ?? [];
    if (unknown.length > 0) {
      throw new HoldfastError(
        'INVALID_REQUEST',
        `Finding ${id} is not about ${unknown.slice(0, 5).join(', ')}.`,
        {
          details: { tables: unknown },
        },
      );
    }
    const isMeant = ({ sign }: KeptSign): boolean => tables === undefined || tables.includes(sign.table);
    const meant = finding.signs.filter((each) => each.settled === null && isMeant(each));
    if (meant.length === 0) return;
    await settle({ catalog }, connection, finding, meant, 'looks-right', note);
    const knowledge = await catalog.radarMemory.take(connection, finding.source);
    if (!knowledge) return;
    for (const each of meant) {
      declareUsual(
        knowledge.memory,
        { ...each, withoutAt: Date.parse(each.withoutAt) },
        finding.backupAt.getTime(),
        usual,
      );
    }
    await catalog.radarMemory.put(connection, finding.source, knowledge);
  });
  return (await catalog.findings.get(id))!;
}

/** A restore in place has undone what findings say of its tables, if its backup was taken before the damage. Never throws. */
export async function settleRestored(context: RunContext, restore: RestoreRecord): Promise<void> {
  const { catalog, logger } = context;
  try {
    // Chosen rows may be a part of what was damaged.
    if (restore.target.mode !== 'in-place' || restore.restoreType === 'rows') return;
    const backup = await catalog.backups.get(restore.backupId);
    if (!backup) return;
    const at = (backup.startedAt ?? backup.createdAt).getTime();
    await catalog.pool.transaction(async (connection) => {
      for (const { id } of await catalog.findings.open(connection)) {
        const finding = await catalog.findings.take(connection, id);
        if (finding?.state !== 'open') continue;
        const undone = finding.signs.filter(
          ({ settled, key, root, withoutAt }) =>
            settled === null && at <= Date.parse(withoutAt) && isNamed(restore.tables, key, root),
        );
        if (undone.length > 0) {
          await settle(context, connection, finding, undone, 'restored', `restore ${restore.id}`);
        }
      }
    });
  } catch (error) {
    const { code, message } = databaseFailure(error);
    logger.log('warn', `findings could not be settled after restore ${restore.id}: ${redact(message)}`, {
      code,
    });
  }
}

async function settle(
  { catalog }: Pick<RunContext, 'catalog'>,
  connection: Transaction,
  finding: FindingRecord,
  which: readonly KeptSign[],
  settled: Settlement,
  note: string | null,
): Promise<void> {
  const signs = finding.signs.map((each) => (which.includes(each) ? { ...each, settled } : each));
  const isOpen = signs.some((each) => each.settled === null);
  await catalog.findings.settle(connection, {
    id: finding.id,
    signs,
    state: isOpen || finding.state !== 'open' ? finding.state : 'settled',
    note: note ?? finding.note,
  });
}
