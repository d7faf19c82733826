import type { KeyObject } from 'node:crypto';
// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import { lock, unlock } from '../../format/sealing/lock.ts';
import type { WalMoment } from '../../postgres/wal-moment.ts';
import type { KnownPiece, KnownPlace } from '../requests.ts';
import { pieceDigest } from './known-ranges.ts';

/*
 * What backups have found out about pieces that they did not write again: that all ranges of a piece with this digest were, as a snapshot
 * showed them, as it says. And moments of the log, by which it is known from which place on what changed after such a snapshot was written.
 * docs/decisions/0044 says what follows from that. It is kept as the piece of no table, and as a fact that stays true: a piece that another
 * process has written in the meantime has another digest.
 */
export interface Confirmations {
  /** Newest first. */
  moments: readonly WalMoment[];
  /** By oid. */
  tables: ReadonlyMap<number, ConfirmedTable>;
}

export interface ConfirmedTable {
  /** `xmin` of the snapshot, as of a known range. */
  writtenBefore: number;
  /** Digests by the number of a piece. */
  pieces: ReadonlyMap<number, string>;
}

/** No relation has this oid. */
export const noTable = 0;
const itsPiece = 0;
/** A transaction that goes on for long needs a moment before it began. */
const momentsMax = 200;

interface Content {
  /** The history of transactions and log that it is about: a fact of tables. */
  server: string;
  moments: [lsn: string, next: number][];
  tables: [oid: number, writtenBefore: number, pieces: [piece: number, digest: string][]][];
}

export const nothingConfirmed: Confirmations = { moments: [], tables: new Map() };

/** Of the pieces of no table, what was kept with this key about this server. */
export function readConfirmations(
  pieces: readonly KnownPiece[],
  key: KeyObject | undefined,
  server: string,
): Confirmations {
  const kept = pieces.find(({ table, piece }) => table === noTable && piece === itsPiece);
  const content = kept && contentOf(kept.content, key);
  if (content?.server !== server) return nothingConfirmed;
  return {
    moments: content.moments.map(([lsn, next]) => ({ lsn, next })),
    tables: new Map(
      content.tables.map(([oid, writtenBefore, digests]) => [
        oid,
        { writtenBefore, pieces: new Map(digests) },
      ]),
    ),
  };
}

function contentOf(content: Uint8Array, key: KeyObject | undefined): Content | undefined {
  try {
    const bytes = key ? unlock(content, key, bound) : content;
    return JSON.parse(
      zlib.zstdDecompressSync(bytes, { maxOutputLength: contentBytesMax }).toString(),
    ) as Content;
  } catch {
    return undefined;
  }
}

const contentBytesMax = 256 * 1024 * 1024;
const bound = 'confirmations';

export function writeConfirmations(
  { moments, tables }: Confirmations,
  key: KeyObject | undefined,
  server: string,
): KnownPiece {
  const content: Content = {
    server,
    moments: moments.map(({ lsn, next }) => [lsn, next]),
    tables: [...tables].map(([oid, { writtenBefore, pieces }]) => [oid, writtenBefore, [...pieces]]),
  };
  const bytes = zlib.zstdCompressSync(JSON.stringify(content));
  return { table: noTable, piece: itsPiece, content: key ? lock(bytes, key, bound) : bytes };
}

/**
 * Keeps what a backup has confirmed, and the moment before its snapshot. Does not throw: without that the next backup counts rows.
 * @param all whether it had every table: what is not among them is forgotten
 */
export async function keepConfirmed(
  place: KnownPlace | undefined,
  {
    confirmations,
    key,
    server,
  }: { confirmations: Confirmations; key: KeyObject | undefined; server: string },
  moment: WalMoment,
  confirmed: ReadonlyMap<number, ConfirmedTable>,
  all: boolean,
): Promise<void> {
  const { moments, tables } = confirmations;
  const next = {
    moments: [moment, ...moments.filter((before) => before.next < moment.next)].slice(0, momentsMax),
    tables: new Map([...(all ? [] : tables), ...confirmed]),
  };
  await place?.save([writeConfirmations(next, key, server)]).catch(() => {});
}

/** The snapshot as of which all ranges of a piece were found to be as it says, by its `xmin`; 0 where none is known. */
export function confirmedBefore({ tables }: Confirmations, { table, piece, content }: KnownPiece): number {
  const confirmed = tables.get(table);
  return confirmed?.pieces.get(piece) === pieceDigest(content) ? confirmed.writtenBefore : 0;
}

/**
 * The place in the log behind which lies everything that was written by transactions from a number on.
 * @param writtenBefore of a known range: only these can have changed what is in it
 */
export function writtenSince(moments: readonly WalMoment[], writtenBefore: number): string | undefined {
  return moments.find(({ next }) => next <= writtenBefore)?.lsn;
}
