import { hash } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import { parseBounded } from './bounded-json.ts';
import { auditHead } from './audit-chain.ts';
import { inventoryChunk } from './inventory.ts';
import { count, digest, invalidManifest, problemsOf } from './manifest.ts';
import { root, type Root } from './root.ts';
import { openingRequired, requireSealing, type StoreKeys } from './sealing/keys.ts';
import { openBytes, sealBytes } from './sealing/sealed-bytes.ts';
import { signText, verifyText, type Signature } from './sealing/signatures.ts';

/*
 * The second version of the format: what a store keeps of a backup beside its chunks. docs/FORMAT.md is its specification.
 */

export const format2 = 'holdfast/2';

/** Longest texts, in characters: an inventory of a hundred million chunks, and a root of fifty thousand parts. */
const maxHeaderLength = 1024 * 1024;
const maxRootLength = 24 * 1024 * 1024;

const document = z.object({
  format: z.literal(format2),
  /** A BackupHeader, as JSON text: signed over exactly these characters. */
  header: z.string().max(maxHeaderLength),
  signature: z.unknown().optional(),
  /** A Root, as JSON text; in a sealed store sealed, in base64. */
  root: z.string().max(maxRootLength),
});

export interface BackupDocument {
  format: typeof format2;
  header: string;
  signature?: Signature;
  root: string;
}

/** What can be known of a backup without any key, and what the signature is over. */
export const backupHeader = z.object({
  /** Signed with the rest, so that no text of another kind or version can be passed off as a header. */
  format: z.literal(format2),
  /** The id of the store that it was written into. */
  store: z.string().min(1).max(200),
  uuid: z.uuid(),
  /** When it was written, by the clock of its writer. */
  at: z.iso.datetime(),
  /** Of the backups written into this store: 1, 2, … */
  counter: count.min(1),
  /** SHA-256 of the header of the backup that was written before it; null for the first. */
  previous: digest.nullable(),
  /** Whether root, parts and data are sealed. */
  sealed: z.boolean(),
  /** SHA-256 of `root` as it is in the document. */
  rootHash: digest,
  inventory: z.array(inventoryChunk),
  /** How far the audit of the catalog had come that wrote it. */
  audit: auditHead.optional(),
});
export type BackupHeader = z.infer<typeof backupHeader>;

/**
 * @param keys sealed and signed with these, as far as they are there
 * @throws KEY_REQUIRED for a sealed store whose writer key was not given
 */
export function makeDocument(
  facts: Omit<BackupHeader, 'format' | 'uuid' | 'sealed' | 'rootHash'>,
  of: Root,
  keys: StoreKeys,
): { document: BackupDocument; header: BackupHeader } {
  const text = JSON.stringify(of);
  const seal = requireSealing(keys);
  const rootText = seal ? sealBytes(Buffer.from(text), [seal.recipient]).toString('base64') : text;
  return signedDocument(facts, { uuid: of.uuid, sealed: seal !== undefined, rootText }, keys);
}

/**
 * The same backup in another store, for which nothing is sealed anew: one with the same keys. Needs no key that opens.
 * @param value the document as it is in the store that it comes from
 * @param from the header of that document, as `openDocument` has proved it
 * @throws KEY_REQUIRED for a sealed store whose writer key was not given
 */
export function moveDocument(
  value: unknown,
  from: BackupHeader,
  place: Pick<BackupHeader, 'store' | 'counter' | 'previous' | 'at'>,
  keys: StoreKeys,
): { document: BackupDocument; header: BackupHeader } {
  requireSealing(keys);
  const { uuid, sealed, inventory, audit } = from;
  const rootText = document.parse(value).root;
  return signedDocument(
    { ...place, inventory, ...(audit ? { audit } : {}) },
    { uuid, sealed, rootText },
    keys,
  );
}

function signedDocument(
  { inventory, audit, ...place }: Omit<BackupHeader, 'format' | 'uuid' | 'sealed' | 'rootHash'>,
  { uuid, sealed, rootText }: { uuid: string; sealed: boolean; rootText: string },
  keys: StoreKeys,
): { document: BackupDocument; header: BackupHeader } {
  const rootHash = hash('sha256', rootText, 'hex');
  const head = audit ? { audit } : {};
  const header: BackupHeader = { format: format2, uuid, ...place, sealed, rootHash, inventory, ...head };
  const headerText = JSON.stringify(header);
  if (headerText.length > maxHeaderLength || rootText.length > maxRootLength) {
    throw new HoldfastError('BACKUP_FAILED', 'The backup has more parts than one document can name.');
  }
  const signed = keys.sign ? { signature: signText(headerText, keys.sign) } : {};
  return { document: { format: format2, header: headerText, ...signed, root: rootText }, header };
}

/** A document whose header has been read, and whose root has not. */
export interface OpenedDocument {
  header: BackupHeader;
  /** SHA-256 of the header's text: what the next backup in the store has as `previous`. */
  headerHash: string;
  /** @throws KEY_REQUIRED, MANIFEST_INVALID */
  root(): Promise<Root>;
}

/**
 * The header of a document, once it is proved that its store's writer made it for this backup in this store. Whether the rest of the
 * document is what belongs to it, `openDocument` says.
 * @param uuid the name under which it was found
 * @throws SIGNATURE_INVALID, also for a backup of another store; MANIFEST_INVALID
 */
export function openHeaderAlone(value: unknown, keys: StoreKeys, uuid?: string): BackupHeader {
  return headerOf(parsedDocument(value), keys, uuid);
}

/**
 * What an object that nobody has to believe says in its first line is the header of its document; undefined where that has not the form of one.
 * Nothing is proved of it.
 */
export function claimedHeader(text: string): BackupHeader | undefined {
  try {
    const given = parsedDocument(JSON.parse(text.split('\n', 1)[0]!));
    return shaped(backupHeader, parseBounded(given.header, 'The header'));
  } catch {
    return undefined;
  }
}

function parsedDocument(value: unknown): z.infer<typeof document> {
  const parsed = document.safeParse(value);
  if (!parsed.success) throw invalidManifest(problemsOf(parsed.error));
  return parsed.data;
}

function headerOf(
  { header: headerText, signature }: z.infer<typeof document>,
  keys: StoreKeys,
  uuid?: string,
): BackupHeader {
  if (keys.verify && keys.verify.length > 0) {
    verifyText(headerText, signature, keys.verify, uuid === undefined ? 'the backup' : `backup ${uuid}`);
  }
  const header = shaped(backupHeader, parseBounded(headerText, 'The header of the backup'));
  if (uuid !== undefined && header.uuid !== uuid) {
    throw refused(`The document of backup ${uuid} is that of another backup, ${header.uuid}.`);
  }
  if (keys.id !== undefined && header.store !== keys.id) {
    throw new HoldfastError(
      'SIGNATURE_INVALID',
      `Backup ${header.uuid} was written into store ${header.store}, and this is store ${keys.id}.`,
      { details: { store: keys.id, writtenInto: header.store } },
    );
  }
  return header;
}

/**
 * Reads the header of a document, once its signature has been proved.
 * @param uuid the name under which it was found
 * @throws SIGNATURE_INVALID, also for a backup of another store; MANIFEST_INVALID for anything that is no document of this
 *   version, of another backup, or whose root is not the one that its header names
 */
export function openDocument(value: unknown, keys: StoreKeys, uuid?: string): OpenedDocument {
  const given = parsedDocument(value);
  const { header: headerText, root: rootText } = given;
  const header = headerOf(given, keys, uuid);
  if (hash('sha256', rootText, 'hex') !== header.rootHash) {
    throw refused(`The root of backup ${header.uuid} is not the one that its header names.`);
  }
  // One that is not sealed in a store that is would be one that its writer did not put there.
  if (keys.sealed && !header.sealed) {
    throw refused(`Backup ${header.uuid} is not encrypted, though everything in its store is.`);
  }
  return {
    header,
    headerHash: hash('sha256', headerText, 'hex'),
    async root() {
      const text = header.sealed ? await openedText(rootText, keys, header.uuid) : rootText;
      const found = shaped(root, parseBounded(text, `The root of backup ${header.uuid}`));
      if (found.uuid === header.uuid) return found;
      throw refused(`The root of backup ${header.uuid} is that of another backup, ${found.uuid}.`);
    },
  };
}

async function openedText(rootText: string, { open }: StoreKeys, uuid: string): Promise<string> {
  if (!open) throw openingRequired(`Backup ${uuid} is encrypted, and no key that opens it was given.`);
  const sealed = Buffer.from(rootText, 'base64');
  if (sealed.toString('base64') !== rootText) {
    throw refused(`The root of backup ${uuid} is not base64.`);
  }
  const text = await openBytes(sealed, { identities: [open.identity] }, `the root of backup ${uuid}`);
  return Buffer.from(text).toString();
}

function shaped<Shape extends z.ZodType>(shape: Shape, value: unknown): z.infer<Shape> {
  const result = shape.safeParse(value);
  if (!result.success) throw invalidManifest(problemsOf(result.error));
  return result.data;
}

function refused(message: string): HoldfastError {
  return new HoldfastError('MANIFEST_INVALID', message);
}
