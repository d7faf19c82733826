import { createHash, hash } from 'node:crypto';
import { z } from 'zod';
import { count, digest } from './manifest.ts';

/** How far a chain of an audit has come: its last row, and that row's hash as hex. Row 0 is before the first. */
export const auditHead = z.object({
  /** Which chain: a random name that it got when it began. */
  chain: z.uuid(),
  row: count,
  hash: digest,
});
export type AuditHead = z.infer<typeof auditHead>;

/** A row of the chain, with what others find it by. */
export interface ChainRow {
  id: number;
  /** JSON text in ASCII: the hash is over exactly these characters. */
  content: string;
  /** The hash of the row before; of the first row that of the chain's name. */
  previous: Buffer;
  hash: Buffer;
  at: Date;
  /** As in the content, in JSON's own escapes. */
  actor: string;
  operation: string;
  /** The row that asked for what this one says the outcome of. */
  callId: number | null;
}

export type ChainProblemKind = 'missing' | 'changed' | 'moved' | 'cut' | 'replaced';

export interface ChainProblem {
  kind: ChainProblemKind;
  /** The first row that it is about. */
  row: number;
  /** The last one. */
  lastRow: number;
}

/** What the first row of a chain has as the hash of the row before. */
export function chainStart(chain: string): Buffer {
  return hash('sha256', chain, 'buffer');
}

/** The hash of a row: of the row before, its number in eight bytes, and its content. */
export function chainHash(previous: Buffer, id: number, content: string): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(BigInt(id));
  return createHash('sha256').update(previous).update(number).update(content).digest();
}

/** JSON in ASCII, so that its bytes are the same in every encoding of a database. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text as it is in JSON in ASCII, without the quotes: what `actor` has. */
export function asciiText(text: string): string {
  return asciiJson(text).slice(1, -1);
}

/**
 * Examines a chain row by row, in the order of their numbers, in memory that does not grow with it.
 * @param wanted rows that a hash is known of elsewhere, by their number, hex
 */
export class ChainExamination {
  readonly problems: ChainProblem[] = [];
  rows = 0;
  private readonly wanted: ReadonlyMap<number, ReadonlySet<string>>;
  private last: { id: number; hash: Buffer };

  constructor(chain: string, wanted: ReadonlyMap<number, ReadonlySet<string>> = new Map()) {
    this.wanted = wanted;
    this.last = { id: 0, hash: chainStart(chain) };
  }

  add(row: ChainRow): void {
    const { id, previous } = row;
    this.rows += 1;
    const follows = id === this.last.id + 1;
    if (!follows) this.note('missing', this.last.id + 1, id - 1);
    const known = this.wanted.get(id);
    if (!isIntact(row)) this.note('changed', id);
    // Where a row was changed and hashed anew, the one after it still has the hash of before.
    else if (follows && !previous.equals(this.last.hash)) this.note('moved', id);
    else if (known && !(known.size === 1 && known.has(row.hash.toString('hex')))) this.note('replaced', id);
    this.last = { id, hash: row.hash };
  }

  /** @param head where the chain has come to, as it is written apart from the rows */
  end(head: Pick<AuditHead, 'row' | 'hash'>): readonly ChainProblem[] {
    const { id, hash: found } = this.last;
    const known = Math.max(head.row, ...this.wanted.keys());
    if (known > id) this.note('cut', id + 1, known);
    else if (found.toString('hex') !== head.hash) this.note('replaced', id);
    return this.problems;
  }

  private note(kind: ChainProblemKind, row: number, lastRow = row): void {
    this.problems.push({ kind, row, lastRow });
  }
}

/** Whether a row has the hash that belongs to it, and what others find it by is what it says. */
function isIntact({ id, content, previous, hash: given, at, actor, operation, callId }: ChainRow): boolean {
  if (!chainHash(previous, id, content).equals(given)) return false;
  const said = found.safeParse(parsed(content)).data;
  return (
    said?.at === at.toISOString() &&
    asciiText(said.actor) === actor &&
    said.operation === operation &&
    (said.of ?? null) === callId
  );
}

const found = z.object({
  at: z.string(),
  actor: z.string(),
  operation: z.string(),
  of: z.number().optional(),
});

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
