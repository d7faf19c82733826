import type { BackupRecord } from '../catalog/backup-record.ts';
import type { Transaction } from '../postgres/pool.ts';
import { isNamed } from '../radar/named.ts';
import type { FoundSign } from '../radar/memory.ts';
import type { RunContext } from './context.ts';

/** Why something was expected, in words. */
export type Explanation = string;

/** What explains the signs of a backup: announcements, and restores, in the time between it and the backup without them. */
export async function explanationsFor(
  { catalog }: RunContext,
  connection: Transaction,
  record: BackupRecord,
  signs: readonly FoundSign[],
): Promise<(found: FoundSign) => Explanation | undefined> {
  const at = record.startedAt ?? record.createdAt;
  const since = new Date(Math.min(...signs.map(({ withoutAt }) => withoutAt)));
  const announced = (await catalog.announcements.during(connection, since, at)).map(
    ({ id, tables, from, until, reason }) => ({
      tables,
      from,
      until,
      words: `announcement ${id}: ${reason}`,
    }),
  );
  const restored = (await catalog.restores.inPlaceDuring(connection, since, at)).map(
    ({ id, backupId, tables, from, until }) => ({
      tables,
      from,
      until,
      words: `restore ${id} of backup ${backupId}`,
    }),
  );
  return ({ key, root, withoutAt }) =>
    [...announced, ...restored].find(
      ({ tables, from, until }) => from <= at && until.getTime() >= withoutAt && isNamed(tables, key, root),
    )?.words;
}
