import { hash, type KeyObject } from 'node:crypto';
import type { ChunkReference, ManifestSegment } from '../../format/manifest.ts';
import { lock, unlock } from '../../format/sealing/lock.ts';
import type { KnownRowMap } from '../requests.ts';
import { decodeRowMap, type RowMap } from './row-map.ts';

/** The chunks whose lines a map is about. */
export interface MappedChunks {
  segments: readonly ManifestSegment[];
  drops?: ChunkReference | undefined;
}

const digestBytes = 32;

/** @param encoded from `encodeRowMap` */
export function keepRowMap(
  table: number,
  fromBlock: number,
  encoded: Uint8Array,
  of: MappedChunks,
  key: KeyObject | undefined,
): KnownRowMap {
  const bytes = Buffer.concat([digestOf(of), encoded]);
  return { table, fromBlock, content: key ? lock(bytes, key, boundTo(table, fromBlock)) : bytes };
}

/**
 * The map, if it was kept with this key and is about the lines of these chunks: maps and what is known of ranges are written one
 * after the other, and a process may end in between.
 */
export function readRowMap(
  { table, fromBlock, content }: KnownRowMap,
  of: MappedChunks,
  key: KeyObject | undefined,
): RowMap | undefined {
  const bytes = opened(content, key, boundTo(table, fromBlock));
  if (!bytes || !digestOf(of).equals(bytes.subarray(0, digestBytes))) return undefined;
  const map = decodeRowMap(bytes.subarray(digestBytes));
  const fits =
    map?.length === of.segments.length && map.every(({ block }, i) => block.length === of.segments[i]!.lines);
  return fits ? map : undefined;
}

function opened(content: Uint8Array, key: KeyObject | undefined, bound: string): Uint8Array | undefined {
  try {
    return key ? unlock(content, key, bound) : content;
  } catch {
    return undefined;
  }
}

/** The map of one range is none of another one. */
function boundTo(table: number, fromBlock: number): string {
  return `rows of ${table} from ${fromBlock}`;
}

function digestOf({ segments, drops }: MappedChunks): Buffer {
  const ids = segments.map(({ chunks, lines }) => [lines, chunks.map(({ id }) => id)]);
  return hash('sha256', JSON.stringify([ids, drops?.id ?? null]), 'buffer');
}
