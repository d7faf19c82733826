/*
 * copy/ owns the copy of one backup from a store to another. It never changes the backup that it copies, never deletes
 * anything, and never takes a chunk on trust: what it puts has been proved to be what the backup names.
 */
import { hash } from 'node:crypto';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import { format2, type BackupDocument, type BackupHeader } from '../../format/backup-document.ts';
import { publicBytes, requireSealing, type StoreKeys } from '../../format/sealing/keys.ts';
import { chunksLacking, type Store } from '../../store/store.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { isRefusal, formatOf, openHeader } from '../read/manifest.ts';
import type { BackupPlace, BackupRequest } from '../requests.ts';
import type { RunControl } from '../run.ts';
import { copyAsStored } from './as-stored.ts';
import { namingTable } from './naming-table.ts';
import { copyTranslated } from './translated.ts';

export interface CopyRequest extends Pick<BackupRequest, 'uuid' | 'compressionLevel' | 'fence'> {
  /**
   * Gives the copy its place among the backups of the store that it is copied to, as for a backup.
   * Default: the first of its store.
   */
  inPlace?: BackupRequest['inPlace'];
  /** How large the backup is, for the progress: as it is stored, which counts where it is copied so, and as text. */
  size?: { storedBytes: number; rawBytes: number };
}

export interface Copied {
  /** Whether the chunks are the same, byte for byte, as in the store that they come from. */
  asStored: boolean;
  /** Whether the store had this backup already, and lacked none of its chunks after this copy. */
  wasThere: boolean;
  /** Bytes put into the store; of a backup that was opened, those of its data. */
  newBytes: number;
}

/** A copy whose chunks are all in the store that it is copied to. */
export interface CopiedChunks {
  /** Of every chunk that the copy needs. */
  names: Uint8Array;
  newBytes: number;
  document(place: BackupPlace): { document: BackupDocument; header: BackupHeader };
}

/** What both ways of copying work with. */
export interface Copying {
  from: Store;
  to: Store;
  uuid: string;
  /** What `from` has as the manifest of the backup. */
  document: unknown;
  meter: ProgressMeter;
  signal: AbortSignal;
}

/**
 * Copies a backup. Where both stores give chunks the same names, chunks are copied as they are stored, which needs no key
 * that opens; else they are opened, and encoded again for the other store. Only what the other store lacks is put, and
 * the document last: until then the copy does not exist. May be repeated at any time, also after a failure.
 * @throws BACKUP_NOT_FOUND; CHUNK_MISSING, CHUNK_CORRUPT naming chunk and table when `from` does not have it whole;
 *   MANIFEST_INVALID, SIGNATURE_INVALID; KEY_REQUIRED; CANCELLED or the HoldfastError that the signal was aborted with;
 *   what the stores and `inPlace` throw
 */
export async function copyBackup(
  from: Store,
  to: Store,
  request: CopyRequest,
  control: RunControl,
): Promise<Copied> {
  const { uuid } = request;
  const meter = new ProgressMeter(control, 0, 0);
  try {
    control.signal.throwIfAborted();
    // Before anything is read: what cannot be written need not be.
    requireSealing(to.keys);
    const document = await from.getManifest(uuid);
    if (document === undefined) throw notThere(from, uuid);
    // Version 1 has no inventory, and the document of a copy is always of version 2.
    const asStored = formatOf(document) === format2 && giveSameNames(from.keys, to.keys);
    meter.estimate((asStored ? request.size?.storedBytes : request.size?.rawBytes) ?? 0);
    const copying: Copying = { from, to, uuid, document, meter, signal: control.signal };
    const copied = asStored
      ? await copyAsStored(copying)
      : await copyTranslated(copying, request.compressionLevel);
    meter.phase('finishing');
    control.signal.throwIfAborted();
    const wasThere = await hasDocument(to, uuid, copied);
    if (!wasThere) await putDocument(to, request, copied);
    return { asStored, wasThere, newBytes: copied.newBytes };
  } catch (error) {
    if (control.signal.aborted) throw abortReason(control.signal);
    throw await namingTable(error, from, uuid);
  } finally {
    meter.stop();
  }
}

/** Whether a frame has the same name, and is the same bytes, in both stores. */
export function giveSameNames(one: StoreKeys, other: StoreKeys): boolean {
  if (!one.sealed || !other.sealed) return one.sealed === other.sealed;
  const [a, b] = [identifying(one), identifying(other)];
  return a !== undefined && b !== undefined && a.nameKey.equals(b.nameKey) && a.recipient.equals(b.recipient);
}

function identifying({ seal, open }: StoreKeys) {
  const nameKey = (seal ?? open)?.nameKey;
  const key = seal?.recipient ?? open?.identity;
  return nameKey && key && { nameKey, recipient: publicBytes(key) };
}

async function putDocument(
  to: Store,
  { uuid, fence, inPlace = (at) => at(firstPlace(to)).put() }: CopyRequest,
  { names, document: documentAt }: CopiedChunks,
): Promise<void> {
  await inPlace((place) => {
    const { document } = documentAt(place);
    return {
      headerHash: hash('sha256', document.header),
      put: () => to.putManifest(uuid, document, names, fence),
    };
  });
}

function firstPlace({ keys }: Store): BackupPlace {
  return { store: keys.id ?? 'unnamed', counter: 1, previous: null };
}

/**
 * Whether the store has this very copy: then it keeps its place among the backups of the store.
 * @throws STORE_FAILED when chunks of it went missing meanwhile
 */
async function hasDocument(to: Store, uuid: string, { names, document }: CopiedChunks): Promise<boolean> {
  const { header } = document(firstPlace(to));
  if (!(await hasHeader(to, uuid, header))) return false;
  const { count } = await to.lackingChunks(names);
  if (count > 0) throw chunksLacking(count, uuid);
  return true;
}

async function hasHeader(to: Store, uuid: string, expected: BackupHeader): Promise<boolean> {
  try {
    const found = await to.getManifest(uuid);
    if (found === undefined) return false;
    const { header } = openHeader(to, found, uuid);
    // A root is sealed with other bytes each time; then the signature says that the writer of the store put it there.
    const sameRoot = header.rootHash === expected.rootHash || (header.sealed && !!to.keys.verify?.length);
    const sameChunks = JSON.stringify(header.inventory) === JSON.stringify(expected.inventory);
    return sameRoot && sameChunks && header.store === expected.store;
  } catch (error) {
    // What is damaged or forged is replaced.
    if (isRefusal(error)) return false;
    throw error;
  }
}

export function notThere(from: Store, uuid: string): HoldfastError {
  return new HoldfastError('BACKUP_NOT_FOUND', `Backup ${uuid} is not in the store at ${from.address}.`, {
    details: { uuid, store: from.address },
  });
}
