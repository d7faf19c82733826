import { createHash } from 'node:crypto';
import type { Objects } from '../objects/objects.ts';
import type { PlacedChunk } from './chunk-index.ts';
import { objectName, type ObjectKey } from './names.ts';

/*
 * A pack: frames one after another, a line feed, then two lines of text. The first is its index as JSON, the second the length of the
 * first in bytes. So `tail -n 2 PACK | head -n 1` gives the index, and the last few bytes tell how many more to ask for.
 * Its id is the SHA-256 of all of it.
 */

/** Chunks below this length lie together. */
export const packedBelowBytes = 256 * 1024;
/** The frames of a pack, at most; one that is longer has a pack of its own where it needs one. */
export const packBytes = 16 * 1024 * 1024;

const format = 'holdfast/pack-1';
const lineFeed = 0x0a;
/** The index of a full pack of small chunks, mostly in one request. */
const endBytes = 64 * 1024;
const idPattern = /^[0-9a-f]{64}$/;

export interface Pack {
  key: ObjectKey;
  content: Uint8Array;
  chunks: PlacedChunk[];
}

/** @param salt makes another pack of the same frames, with another id */
export function makePack(
  frames: readonly { id: string; frame: Uint8Array; hash?: string | undefined }[],
  salt?: string,
): Pack {
  let offset = 0;
  const chunks = frames.map(({ id, frame, hash }) => {
    const chunk = { id, offset, storedBytes: frame.length, hash };
    offset += frame.length;
    return chunk;
  });
  const index = Buffer.from(
    JSON.stringify({
      format,
      salt,
      chunks: chunks.map(({ id, offset: at, storedBytes, hash }) => ({
        id,
        offset: at,
        bytes: storedBytes,
        hash,
      })),
    }),
  );
  const content = Buffer.concat([
    ...frames.map(({ frame }) => frame),
    Buffer.of(lineFeed),
    index,
    Buffer.from(`\n${index.length}\n`),
  ]);
  const id = createHash('sha256').update(content).digest('hex');
  return { key: { id, packed: true }, content, chunks };
}

/**
 * What a pack says that it holds. The chunks lie within its frames and do not overlap; that they are what their ids say only
 * their reader finds out.
 * @returns undefined when there is no such pack, 'damaged' when its end is not that of a pack
 */
export async function readPackIndex(
  objects: Objects,
  key: ObjectKey,
  bytes: number,
): Promise<PlacedChunk[] | 'damaged' | undefined> {
  const name = objectName(key);
  let end = await objects.getRange(name, { offset: -endBytes, bytes: endBytes });
  if (end === undefined) return undefined;
  const lengthLine = /\n([1-9][0-9]{0,8})\n$/.exec(Buffer.from(end.subarray(-16)).toString('latin1'));
  const indexBytes = Number(lengthLine?.[1] ?? 0);
  const tailBytes = 1 + indexBytes + (lengthLine?.[0].length ?? 0);
  if (!lengthLine || tailBytes > bytes) return 'damaged';
  if (tailBytes > end.length) {
    end = await objects.getRange(name, { offset: -tailBytes, bytes: tailBytes });
    if (end === undefined) return undefined;
  }
  const start = end.length - tailBytes;
  if (start < 0 || end[start] !== lineFeed) return 'damaged';
  const text = Buffer.from(end.subarray(start + 1, start + 1 + indexBytes)).toString('utf8');
  return parseIndex(text, bytes - tailBytes) ?? 'damaged';
}

function parseIndex(text: string, framesBytes: number): PlacedChunk[] | undefined {
  let index: { format?: unknown; chunks?: unknown } | null;
  try {
    index = JSON.parse(text) as typeof index;
  } catch {
    return undefined;
  }
  if (typeof index !== 'object' || index?.format !== format || !Array.isArray(index.chunks)) return undefined;
  const chunks: PlacedChunk[] = [];
  let used = 0;
  for (const each of index.chunks as ({
    id?: unknown;
    offset?: unknown;
    bytes?: unknown;
    hash?: unknown;
  } | null)[]) {
    const { id, offset, bytes, hash } = each ?? {};
    if (typeof id !== 'string' || !idPattern.test(id)) return undefined;
    if (hash !== undefined && (typeof hash !== 'string' || !idPattern.test(hash))) return undefined;
    if (offset !== used || !Number.isSafeInteger(bytes) || (bytes as number) < 0) return undefined;
    used += bytes as number;
    chunks.push({ id, offset, storedBytes: bytes as number, hash });
  }
  return used === framesBytes ? chunks : undefined;
}
