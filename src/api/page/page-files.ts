import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownFile } from '../../base/package.ts';

/** A file of the admin page as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Compressed forms, by the name of the content coding. */
  readonly compressed: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export interface PageFiles {
  /** index.html, with what the server fills in still missing. */
  readonly shell: string;
  /** Every other file by its path, with slashes. */
  readonly files: ReadonlyMap<string, PageFile>;
}

/** The best one first. */
export const codings = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A checkout has the page where scripts/web.ts builds it. */
const folder = fileURLToPath(ownFile(new URL('./web', import.meta.url), '.cache/web'));

let reading: Promise<PageFiles | undefined> | undefined;

/**
 * The files of the page, read once; undefined when it has not been built. What is served is looked up in here and never
 * on the disk, so no address can lead anywhere else.
 */
export async function pageFiles(): Promise<PageFiles | undefined> {
  reading ??= readPage();
  const files = await reading;
  // It may be built while we run.
  if (files === undefined) reading = undefined;
  return files;
}

async function readPage(): Promise<PageFiles | undefined> {
  const shell = await fs.readFile(path.join(folder, 'index.html'), 'utf8').catch(() => undefined);
  if (shell === undefined) return undefined;
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const bytes = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    bytes.set(path.relative(folder, file).replaceAll(path.sep, '/'), await fs.readFile(file));
  }
  const files = [...bytes].flatMap(([name, content]): [string, PageFile][] => {
    const type = types[path.extname(name)];
    if (type === undefined) return [];
    const compressed = codings.flatMap(({ name: coding, ending }) => {
      const found = bytes.get(name + ending);
      return found ? [[coding, found] as const] : [];
    });
    const etag = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    return [[name, { type, etag, bytes: content, compressed: new Map(compressed) }]];
  });
  return { shell, files: new Map(files) };
}
