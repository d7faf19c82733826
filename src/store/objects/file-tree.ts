import type { ObjectFacts, ObjectRange } from './objects.ts';

export interface FileEntry {
  name: string;
  kind: 'file' | 'folder' | 'other';
  /** Of a file, where they come with its name. */
  facts?: ObjectFacts;
}

/**
 * Files below one folder, the root, that may be on another machine. Paths are relative to the root, with `/`, and are made of names
 * of objects and temporary names; `''` is the root. Symbolic links are `other`. Every method throws what `Objects` may throw.
 */
export interface FileTree {
  readonly address: string;
  /** @throws STORE_UNREACHABLE when the root is not there */
  checkRoot(): Promise<void>;
  /** Undefined where there is no file. */
  facts(path: string): Promise<ObjectFacts | undefined>;
  /** Undefined where there is no folder. */
  entries(folder: string): Promise<FileEntry[] | undefined>;
  /** @returns false when it is there already, undefined when the folder above it is not */
  makeFolder(path: string): Promise<boolean | undefined>;
  removeFolder(path: string): Promise<void>;
  /** Makes a file with this content, on disk when it resolves. @returns false when the folder it should be in is not there */
  create(path: string, content: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** All of a file, or a range of it; undefined where there is no file. */
  read(path: string, range: ObjectRange | undefined, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** A second name for a file. @returns false when there is something of that name, undefined when it cannot be done here */
  link(from: string, to: string): Promise<boolean | undefined>;
  /** Gives a file another name, in one step, in place of the file that has it. */
  rename(from: string, to: string): Promise<void>;
  /** Success where there is none. */
  remove(path: string): Promise<void>;
  /** Brings the names in a folder to disk, where that can be asked for. */
  syncFolder(path: string): Promise<void>;
  close(): Promise<void>;
}

/** No name of an object begins so. */
export const temporaryMark = '~';

export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

export function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
