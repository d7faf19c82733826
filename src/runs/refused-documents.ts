import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { RefusedDocument } from '../catalog/stores.ts';
import type { SetAsideAnswer } from '../contract/store.ts';
import { formatOf, isRefusal, openHeader, unknownFormat } from '../engine/read/manifest.ts';
import { format2 } from '../format/backup-document.ts';
import { format1 } from '../format/format-1.ts';
import { manifestName } from '../store/object-store/names.ts';
import type { Store } from '../store/store.ts';
import type { RunContext } from './context.ts';

/*
 * A document of a store that cannot be believed keeps its cleanup from deleting anything, because nobody knows what a good one in its place
 * needs. So it is named in the health, with what puts it right.
 */

/** Why a document cannot be believed, as far as that can be told without reading its backup; undefined when it can. */
export async function refusalOf(store: Store, uuid: string): Promise<HoldfastError | undefined> {
  try {
    const document = await store.getManifest(uuid);
    if (document === undefined || formatOf(document) === format1) return undefined;
    if (formatOf(document) !== format2) return unknownFormat(document, uuid);
    openHeader(store, document, uuid);
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

/** Has the catalog know which documents of a store cannot be believed now. */
export async function noteRefused(
  { catalog }: RunContext,
  name: string,
  found: readonly { uuid: string; message: string }[],
): Promise<void> {
  const known = found.length === 0 ? undefined : await catalog.backups.statuses();
  const documents = found.map(({ uuid, message }): RefusedDocument => ({
    uuid,
    object: manifestName(uuid),
    backupId: known?.get(uuid)?.id ?? null,
    problem: redact(message),
  }));
  await catalog.stores.setRefused(name, documents);
}

/** Those that the error of a sweep names. */
export function refusedIn(error: unknown): { uuid: string; message: string }[] {
  if (!isRefusal(error)) return [];
  const refused = error.details?.['refused'];
  return Array.isArray(refused) ? (refused as { uuid: string; message: string }[]) : [];
}

/**
 * Moves the document of a backup out of the way that cannot be believed and that no row of the catalog knows, so that cleanup goes on. It is
 * kept byte for byte, and what it claims to need is not deleted.
 * @throws STORE_NOT_FOUND; STORE_TAKEN; BACKUP_NOT_FOUND where there is none; INVALID_REQUEST for one that can be believed, one of a later
 *   version, one of a backup that the catalog has, and for the store in the database
 */
export async function setAside(context: RunContext, name: string, uuid: string): Promise<SetAsideAnswer> {
  const { catalog, stores, logger } = context;
  const store = await stores.openToWrite(name);
  const refuse = (message: string, hint: string): HoldfastError =>
    new HoldfastError('INVALID_REQUEST', message, { hint, details: { store: name, uuid } });
  if (!store.setManifestAside) {
    throw refuse(
      'In the store in the database the documents are in the rows of their backups.',
      'Delete the backup.',
    );
  }
  const known = (await catalog.backups.statuses()).get(uuid);
  if (known) {
    throw refuse(
      `The document ${uuid} in ${name} is of backup ${known.id}, which this installation has. Without it, what that backup needs could be deleted.`,
      `Put it right from another store: holdfast copy ${known.id} --to ${name}. Or give the backup up: holdfast delete ${known.id}.`,
    );
  }
  const document = await readable(store, uuid);
  if (isOfLaterVersion(document)) {
    throw refuse(
      `The document ${uuid} in ${name} is of a later version of Holdfast.`,
      'Use that version. If nobody has one, delete the object by other means.',
    );
  }
  if (document !== undefined && !(await refusalOf(store, uuid))) {
    throw refuse(
      `The document ${uuid} in ${name} can be believed.`,
      `Take its backup into the catalog: holdfast store import ${name}.`,
    );
  }
  await stores.confirmTurn(name);
  const moved = await store.setManifestAside(uuid);
  if (!moved) {
    throw new HoldfastError('BACKUP_NOT_FOUND', `There is no document ${uuid} in ${name}.`, {
      details: { store: name, uuid },
    });
  }
  logger.log('warn', `a document of the store ${name} was set aside`, { uuid, ...moved });
  const rest = (await catalog.stores.get(name))?.refused?.documents ?? [];
  await catalog.stores.setRefused(
    name,
    rest.filter((each) => each.uuid !== uuid),
  );
  return { success: true, name, uuid, ...moved };
}

const unreadable = Symbol('a document that is no JSON');

async function readable(store: Store, uuid: string): Promise<unknown> {
  try {
    return await store.getManifest(uuid);
  } catch (error) {
    if (isRefusal(error)) return unreadable;
    throw error;
  }
}

function isOfLaterVersion(document: unknown): boolean {
  const format = document === unreadable ? undefined : formatOf(document);
  if (typeof format !== 'string' || format === format1 || format === format2) return false;
  return /^holdfast\/[1-9][0-9]{0,3}$/.test(format);
}
