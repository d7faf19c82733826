import * as fs from 'node:fs/promises';
import type { Session } from '../../postgres/wire/session.ts';
import { quoteLiteral } from '../../postgres/identifiers.ts';
import type { ConfiguredStores } from '../../engine/stores/configured-stores.ts';
import { bytes } from '../../base/units.ts';
import { fail, ok, warn, type Check } from './check.ts';
import { isHere, type WireFacts } from './wire.ts';

/** With less than this nothing can be written any more. */
const leastBytes = 64 * 1024 * 1024;

interface ServerRoom {
  /** Null where the role may not see it. */
  directory: string | null;
  databaseBytes: number;
}

/** Room on the disk of the server, where that is this machine, and what eats it silently. */
export async function checkServerRoom(session: Session, wire: WireFacts): Promise<Check[]> {
  const [row] = await session.query<ServerRoom>(
    `select (select s.setting from pg_catalog.pg_settings s where s.name = 'data_directory') as directory,
       pg_catalog.pg_database_size(pg_catalog.current_database())::pg_catalog.float8 as "databaseBytes"`,
  );
  const free = isHere(wire) ? await freeIn(row!.directory) : undefined;
  return [diskCheck(free, row!.databaseBytes), await checkReplicationSlots(session)];
}

/** @param free of the disk, in bytes; undefined where it cannot be seen */
export function diskCheck(free: number | undefined, databaseBytes: number): Check {
  const name = 'disk of the server';
  const needed = `a restore of everything writes ${bytes(databaseBytes)} once more`;
  if (free === undefined) return ok(name, `cannot be seen from here; ${needed}`);
  const found = `${bytes(free)} free`;
  const hint = 'Free space on the disk of the server, or give it a larger one.';
  if (free < leastBytes) return fail(name, 'DISK_FULL', `Almost full: ${found}.`, hint);
  if (free < databaseBytes) return warn(name, `${found}, and ${needed}.`, hint);
  return ok(name, `${found}; ${needed}`);
}

async function freeIn(folder: string | null): Promise<number | undefined> {
  if (folder === null) return undefined;
  const found = await fs.statfs(folder).catch(() => undefined);
  return found && found.bavail * found.bsize;
}

/** So much log that nobody fetches is worth a word. */
const keptLimitBytes = 1024 ** 3;

/** Slots that nobody reads keep the server's log until its disk is full. */
async function checkReplicationSlots(session: Session): Promise<Check> {
  const name = 'replication slots';
  const slots = await session.query<{ slot: string; kept: number }>(
    `select s.slot_name::pg_catalog.text as slot,
       pg_catalog.pg_wal_lsn_diff(case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
         else pg_catalog.pg_current_wal_lsn() end, s.restart_lsn)::pg_catalog.float8 as kept
       from pg_catalog.pg_replication_slots s where not s.active and s.restart_lsn is not null order by kept desc`,
  );
  return slotCheck(name, slots);
}

export function slotCheck(name: string, slots: readonly { slot: string; kept: number }[]): Check {
  const [first] = slots;
  if (!first || first.kept < keptLimitBytes) return ok(name, 'none that nobody reads keeps much of the log');
  return warn(
    name,
    `Nobody reads the replication slot ${first.slot}, and the server keeps ${bytes(first.kept)} of its log for it, until its disk is full.`,
    `If it is not used any more: SELECT pg_catalog.pg_drop_replication_slot(${quoteLiteral(first.slot)});`,
  );
}

/** Room in stores that are folders of this machine. @param lastBytes what the newest good backup takes there */
export async function checkStoreRoom(
  { stores, written, copiedTo }: ConfiguredStores,
  lastBytes: number,
): Promise<Check[]> {
  const used = stores.filter(({ name }) => name === written || copiedTo.includes(name));
  const found = await Promise.all(
    used.map(async ({ name, address }) => {
      if (address.scheme !== 'file') return undefined;
      const free = await freeIn(address.path);
      return free === undefined ? undefined : storeRoomCheck(name, free, lastBytes);
    }),
  );
  return found.filter((check) => check !== undefined);
}

function storeRoomCheck(store: string, free: number, lastBytes: number): Check {
  const name = `room in ${store}`;
  const found = `${bytes(free)} free`;
  const hint = `Free space there, or keep less: holdfast cleanup --dry-run shows what the retention would delete.`;
  if (free < leastBytes) return fail(name, 'STORE_FULL', `Almost full: ${found}.`, hint);
  if (free < lastBytes) return warn(name, `${found}, and the newest backup takes ${bytes(lastBytes)}.`, hint);
  return ok(name, found);
}
