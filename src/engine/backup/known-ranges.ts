import { createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto';
// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import type { KeyBounds } from '../../format/key-bounds.ts';
import type { ChunkReference, ManifestSegment } from '../../format/manifest.ts';
import type { SealingKey } from '../../format/sealing/keys.ts';
import { lock, unlock } from '../../format/sealing/lock.ts';
import type { KnownPiece } from '../requests.ts';
import { identityFacts, type TableFacts } from '../../postgres/inspect/data-identity.ts';

/*
 * What is known of a range: that its rows, as a snapshot showed them in a table with these facts, are in these chunks. That stays
 * true whatever happens later, so what is known outlives the backup or the cut-off attempt that found it out. Whether the chunks are
 * still there is for the store to say.
 */

export interface KnownRange {
  fromBlock: number;
  toBlock: number | null;
  rows: number;
  rawBytes: number;
  /** `xmin` of the snapshot: all transactions before it had ended, so what they wrote and is there later, was there. */
  writtenBefore: number;
  keys: KeyBounds | null;
  segments: readonly ManifestSegment[];
  /** Of the manifest's range. */
  drops?: ChunkReference | undefined;
  /** Whether it has changed before, so that a row map of it is kept. */
  mapped?: boolean | undefined;
  /** Whether it had changed when it was last looked at: then its rows are compared without counting them first. */
  changing?: boolean | undefined;
  /** When all of its rows were last read, as a clock of ours said. */
  readAtMs: number;
}

export interface KnownTable {
  facts: KnownFacts;
  /** Blocks of a range; null where the whole table is one. */
  blocksPerRange: number | null;
  /** By the first block. */
  ranges: Map<number, KnownRange>;
  /** As they are kept, by their number. */
  pieces: Map<number, KeptPiece>;
}

export interface KeptPiece {
  digest: string;
  /** How many ranges it has. */
  ranges: number;
}

/** With what the chunks depend on: their form, and the keys of their store. */
export type KnownFacts = TableFacts & { readonly form: string };
const knownFacts: readonly (keyof KnownFacts)[] = [...identityFacts, 'form'];

/** A piece has this many ranges at most: what changes is written again with its neighbours and no more. */
export const rangesInPiece = 256;

interface Content {
  facts: KnownFacts;
  blocksPerRange: number | null;
  ranges: KnownRange[];
}

/** The pieces of a table, by their number, that have any of `touched`. */
export function writePieces(
  oid: number,
  { facts, blocksPerRange, ranges }: KnownTable,
  touched: (piece: number) => boolean,
  key: KeyObject | undefined,
): KnownPiece[] {
  const byPiece = Map.groupBy(ranges.values(), ({ fromBlock }) => pieceOf(fromBlock, blocksPerRange));
  return [...byPiece]
    .filter(([piece]) => touched(piece))
    .map(([piece, inPiece]) => {
      const content: Content = {
        facts,
        blocksPerRange,
        ranges: inPiece.toSorted((one, other) => one.fromBlock - other.fromBlock),
      };
      const bytes = zlib.zstdCompressSync(JSON.stringify(content));
      return { table: oid, piece, content: key ? lock(bytes, key, boundTo(oid, piece)) : bytes };
    });
}

export function pieceOf(fromBlock: number, blocksPerRange: number | null): number {
  return blocksPerRange === null ? 0 : Math.floor(fromBlock / blocksPerRange / rangesInPiece);
}

/**
 * A table of those of its pieces that were written with this key and these facts; where there is none, of those that go with the
 * first, so that it can be said what is different now.
 * @param confirmedBefore as of which snapshot a piece is true as well, by its `xmin`
 */
export function readPieces(
  pieces: readonly KnownPiece[],
  key: KeyObject | undefined,
  facts: KnownFacts,
  confirmedBefore: (piece: KnownPiece) => number,
): KnownTable | undefined {
  const read = pieces.flatMap((piece) => {
    const content = readPiece(piece, key);
    return content ? [{ piece, content }] : [];
  });
  const first = (read.find(({ content }) => sameFacts(content.facts, facts)) ?? read[0])?.content;
  if (!first) return undefined;
  const { blocksPerRange } = first;
  const alike = read.filter(
    ({ content }) => content.blocksPerRange === blocksPerRange && sameFacts(content.facts, first.facts),
  );
  const ranges = alike.flatMap(({ piece, content }) => {
    const confirmed = confirmedBefore(piece);
    return content.ranges
      .filter(isComparable)
      .map((range) => ({ ...range, writtenBefore: Math.max(range.writtenBefore, confirmed) }));
  });
  return {
    facts: first.facts,
    blocksPerRange,
    ranges: new Map(ranges.map((range) => [range.fromBlock, range])),
    pieces: new Map(
      alike.map(({ piece, content }) => [
        piece.piece,
        { digest: pieceDigest(piece.content), ranges: content.ranges.length },
      ]),
    ),
  };
}

/** Names the content of a piece, as it is kept. */
export function pieceDigest(content: Uint8Array): string {
  return hash('sha256', content, 'buffer').subarray(0, 16).toString('base64url');
}

/** What an older version has kept was found out in another way. */
function isComparable({ writtenBefore }: KnownRange): boolean {
  return typeof writtenBefore === 'number';
}

export function sameFacts(one: KnownFacts, other: KnownFacts): boolean {
  return differingFacts(one, other).length === 0;
}

/** The names of those that differ. */
export function differingFacts(one: KnownFacts, other: KnownFacts): (keyof KnownFacts)[] {
  return knownFacts.filter((name) => one[name] !== other[name]);
}

function readPiece({ table, piece, content }: KnownPiece, key: KeyObject | undefined): Content | undefined {
  try {
    const bytes = key ? unlock(content, key, boundTo(table, piece)) : content;
    return JSON.parse(
      zlib.zstdDecompressSync(bytes, { maxOutputLength: pieceBytesMax }).toString(),
    ) as Content;
  } catch {
    // Not ours, or of another form: what is not known is read.
    return undefined;
  }
}

const pieceBytesMax = 256 * 1024 * 1024;

/**
 * What is known is as good as what is read: one who can write to the catalog must not be able to put the chunks of one table
 * into another one, nor learn values of keys from it, where the store has keys.
 */
export function knowledgeKey(seal: Pick<SealingKey, 'nameKey'> | undefined): KeyObject | undefined {
  if (!seal) return undefined;
  return createSecretKey(Buffer.from(hkdfSync('sha256', seal.nameKey, '', 'holdfast known ranges', 32)));
}

/** A piece of one table is none of another one. */
function boundTo(table: number, piece: number): string {
  return `${table} ${piece}`;
}
