import { hash, type KeyObject } from 'node:crypto';
import type { SealingKey } from '../../format/sealing/keys.ts';
import { publicBytes } from '../../format/sealing/keys.ts';
import { readDataIdentities, type KeyColumn } from '../../postgres/inspect/data-identity.ts';
import type { TextType } from '../../postgres/inspect/text-types.ts';
import { dataSettings } from '../../postgres/session-settings.ts';
import type { Session } from '../../postgres/wire/session.ts';
import {
  differingFacts,
  knowledgeKey,
  readPieces,
  type KnownFacts,
  type KnownTable,
} from './known-ranges.ts';
import {
  confirmedBefore,
  noTable,
  nothingConfirmed,
  readConfirmations,
  type Confirmations,
} from './confirmations.ts';
import type { KnownPiece, KnownPlace } from '../requests.ts';
import type { SourceTable } from './snapshot.ts';

/** What of a table need not be read again, as far as that is known before it is looked at. */
export interface Recalled {
  /** Null where its rows are read whether they have changed or not. */
  facts: KnownFacts | null;
  key: KeyColumn | null;
  /** What is known of it, while all that its text depends on is the same. */
  known: KnownTable | undefined;
  /** Why all of it is read; null where it is compared. */
  readBecause: string | null;
}

export interface RecallOptions {
  /** Undefined where nothing is kept. */
  place: KnownPlace | undefined;
  /** Of the columns of all tables, as the snapshot shows them. */
  types: ReadonlyMap<string, TextType>;
  seal: SealingKey | undefined;
  compressionLevel: number;
  asBytes: boolean;
  /** Of the database, as PostgreSQL names it. */
  encoding: string;
  /** Everything is to be read, whatever is known. */
  full: boolean;
  /** `pg_current_snapshot()` as text. */
  xids: string;
}

/** What the text of the rows becomes on its way to the store. Raised when that changes. */
const formVersion = 1;
/** Ages of rows are numbers of 32 bits, and go on growing while rows are read: what is known longer than this is not compared. */
const transactionsMax = 1.5 * 2 ** 30;

const nothing = (readBecause: string): Recalled => ({
  facts: null,
  key: null,
  known: undefined,
  readBecause,
});

export interface Recollection {
  tables: Map<SourceTable, Recalled>;
  /** For what is kept. */
  key: KeyObject | undefined;
  confirmations: Confirmations;
  /** See `DataIdentity`; empty where no table has any. */
  server: string;
}

/** Of each table what is known, by the place of what an earlier backup or attempt has kept. */
export async function recall(
  lead: Session,
  tables: readonly SourceTable[],
  { place, types, seal, compressionLevel, asBytes, encoding, full, xids }: RecallOptions,
): Promise<Recollection> {
  const key = knowledgeKey(seal);
  const recalled = new Map<SourceTable, Recalled>();
  const fit: SourceTable[] = [];
  for (const table of tables) {
    const why = unfitFor(table);
    if (why !== null) recalled.set(table, nothing(why));
    else fit.push(table);
  }
  const kept = Map.groupBy((await place?.load()) ?? [], ({ table }) => table);
  const identities = await readDataIdentities(
    lead,
    fit.map(({ relation }) => relation.oid),
    types,
  );
  const server = identities.values().next().value?.facts.server ?? '';
  const confirmations = server ? readConfirmations(kept.get(noTable) ?? [], key, server) : nothingConfirmed;
  const form = hash(
    'sha256',
    JSON.stringify([
      formVersion,
      compressionLevel,
      asBytes,
      dataSettings,
      seal ? publicBytes(seal.recipient).toString('hex') : null,
    ]),
  ).slice(0, 32);
  const transaction = nextTransaction(xids);
  for (const table of fit) {
    const identity = identities.get(table.relation.oid);
    if (!identity) recalled.set(table, nothing('it was changed meanwhile'));
    else if (identity.unfit !== null) recalled.set(table, nothing(identity.unfit));
    else {
      const facts = { ...identity.facts, form };
      const pieces = kept.get(table.relation.oid) ?? [];
      recalled.set(table, {
        facts,
        key: keyIn(encoding, identity.key),
        ...compare(facts, pieces, { key, full, transaction, confirmations }),
      });
    }
  }
  return { tables: recalled, key, confirmations, server };
}

/** Texts are compared by their bytes: those of another encoding are in another order than the UTF-8 that they are written in. */
function keyIn(encoding: string, key: KeyColumn | null): KeyColumn | null {
  return key?.order === 'bytes' && encoding !== 'UTF8' ? null : key;
}

/** Rows that cannot be chosen by block, or only by a query that could run code of another role. */
function unfitFor({ relation }: SourceTable): string | null {
  if (!relation.heap) return 'its access method is not heap';
  if (!relation.queryable) return 'another role owns it or a function in its indexes';
  if (relation.extension?.condition) return 'its extension chooses the rows';
  return null;
}

const changeWords: Readonly<Record<keyof KnownFacts, string>> = {
  columns: 'its columns changed',
  file: 'it was rewritten or truncated',
  types: 'a type of its columns changed',
  server: 'the server was upgraded, restored or replaced',
  form: 'the settings or keys of backups changed',
};

function compare(
  facts: KnownFacts,
  pieces: readonly KnownPiece[],
  {
    key,
    full,
    transaction,
    confirmations,
  }: { key: KeyObject | undefined; full: boolean; transaction: number; confirmations: Confirmations },
): Pick<Recalled, 'known' | 'readBecause'> {
  const known = readPieces(pieces, key, facts, (piece) => confirmedBefore(confirmations, piece));
  if (!known) return { known: undefined, readBecause: 'for the first time' };
  const [different] = differingFacts(known.facts, facts);
  // Borders of ranges stay where they are all the same, so that what is read again gives the same chunks.
  const borders = { ...known, ranges: new Map(), pieces: new Map() };
  if (different) return { known: borders, readBecause: changeWords[different] };
  for (const range of known.ranges.values()) {
    const since = transaction - range.writtenBefore;
    // Below nothing: what is known is of a history that this server does not have.
    if (since < 0 || since >= transactionsMax) known.ranges.delete(range.fromBlock);
  }
  return { known, readBecause: full ? 'in full, as asked' : null };
}

/** The `xmax` in `xmin:xmax:…`, of 64 bits. */
function nextTransaction(xids: string): number {
  return Number(xids.split(':')[1]);
}

/** The `xmin`: all transactions before it have ended. */
export function endedBefore(xids: string): number {
  return Number(xids.split(':')[0]);
}
