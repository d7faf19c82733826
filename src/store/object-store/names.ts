/** The folders of a store. Everything else in it is a document: its description, its keys, who writes to it. */
const chunkFolder = 'chunks/';
const packFolder = 'packs/';
const manifestFolder = 'backups/';

/** One object that holds chunks: a chunk of its own, whose id it has, or a pack. */
export interface ObjectKey {
  /** 64 lower-case hex digits. */
  id: string;
  packed: boolean;
}

export function objectName({ id, packed }: ObjectKey): string {
  return `${packed ? packFolder : chunkFolder}${id.slice(0, 2)}/${id}`;
}

export function manifestName(uuid: string): string {
  return `${manifestFolder}${uuid}`;
}

/** What a name says that an object is. */
export type Named =
  | { kind: 'object'; key: ObjectKey }
  | { kind: 'manifest'; uuid: string }
  | { kind: 'document' }
  /** Nothing that Holdfast has written. */
  | { kind: 'foreign' };

const objectPattern = /^(chunks|packs)\/([0-9a-f]{2})\/(\2[0-9a-f]{62})$/;
const manifestPattern = /^backups\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const holdPattern = /^backups\/[0-9a-f-]{36}\.hold$/;
/** Objects of self-tests, of which one may be left that was not allowed to be deleted. */
export const selfTestFolder = 'selftest/';
const documentPattern = /^(?:keys\/.+|selftest\/.+|quarantine\/.+|[^/]+\.json)$/;

export function readName(name: string): Named {
  const object = objectPattern.exec(name);
  if (object) return { kind: 'object', key: { id: object[3]!, packed: object[1] === 'packs' } };
  const manifest = manifestPattern.exec(name);
  if (manifest) return { kind: 'manifest', uuid: manifest[1]! };
  return { kind: documentPattern.test(name) || holdPattern.test(name) ? 'document' : 'foreign' };
}

/** Whether a name is outside of the folders of chunks and manifests. */
export function isOutside(name: string): boolean {
  return ![chunkFolder, packFolder, manifestFolder].some((folder) => name.startsWith(folder));
}

export const folders = { chunks: chunkFolder, packs: packFolder, manifests: manifestFolder } as const;
