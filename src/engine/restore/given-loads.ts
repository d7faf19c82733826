import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import { version } from '../../base/package.ts';
import { knowledgeKey } from '../backup/known-ranges.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { StoreKeys } from '../../format/sealing/keys.ts';
import { displayName, quoteIdentifier } from '../../postgres/identifiers.ts';
import { sqlState } from '../../postgres/failure.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { leadRun, type LeadOptions, type SharedLead } from '../sharing/lead.ts';
import type { LeadPlace } from '../sharing/sharing.ts';

/** What one that joins a restore has to know. */
export interface RestoreTerms {
  /** Of the software: what is told and reported is in its form. */
  version: string;
  /** The database that is filled, by its unfinished name. */
  database: string;
  /** The table in it that says which loads are committed; quoted. */
  marks: string;
  /** Of the connections of the run: see runMark. */
  mark: string | undefined;
}

/** Some ranges of a table, to be loaded in one transaction. */
export interface GivenLoad {
  /** The number of this load in the restore. */
  load: number;
  /** The place of the table in the manifest, and its name. */
  table: number;
  name: string;
  from: number;
  /** The first range that is not loaded. */
  to: number;
  /** Whether all of the table is loaded so, and frozen. */
  isNew: boolean;
}

export interface LoadReport {
  rows: number;
  storedBytes: number;
}

/** A restore whose loads others may do too. */
export interface LoadSharing {
  lead: SharedLead;
  /** Where `markLoad` marks what is committed. */
  marks: string;
  describe(table: ManifestTable, part: Pick<GivenLoad, 'from' | 'to' | 'isNew'>): GivenLoad;
  end(): Promise<void>;
}

/** Lets others do loads of a restore. @param session to the database that is filled */
export async function shareLoads(
  session: Session,
  place: LeadPlace,
  of: { database: string; manifest: Manifest; keys: StoreKeys; mark: string | undefined },
  { fail, onMachines }: Pick<LeadOptions, 'fail' | 'onMachines'>,
): Promise<LoadSharing> {
  const schema = quoteIdentifier(`holdfast_loads_${randomBytes(8).toString('hex')}`);
  const marks = `${schema}.marks`;
  await session.execute(
    `create schema ${schema}; create table ${marks} (load pg_catalog.int4 primary key, rows pg_catalog.int8 not null)`,
  );
  const terms: RestoreTerms = { version, database: of.database, marks, mark: of.mark };
  const lead = await leadRun(place, { terms, key: restoreKey(of.keys), fail, onMachines });
  let count = 0;
  let ended: Promise<void> | undefined;
  return {
    lead,
    marks,
    describe: (table, part) => ({
      load: count++,
      table: of.manifest.tables.indexOf(table),
      name: displayName(table),
      ...part,
    }),
    end() {
      ended ??= lead.end();
      return ended;
    },
  };
}

/** When all loads are done. */
export async function forgetMarks(session: Session, marks: string): Promise<void> {
  await session.execute(`drop schema ${marks.slice(0, marks.lastIndexOf('.'))} cascade`);
}

/** What seals what is said of a restore, where its store is sealed. */
export function restoreKey({ open }: StoreKeys): ReturnType<typeof knowledgeKey> {
  return knowledgeKey(open);
}

const uniqueViolation = '23505';

/**
 * Does a load in one transaction and marks it there, so that of several that do the same load one counts: one that was taken for
 * dead may have committed it, or may wake up and try to.
 * @param work loads the rows; it begins the transaction with `begin`
 * @returns the number of rows
 */
export async function markLoad(
  session: Session,
  marks: string,
  load: number,
  work: () => Promise<number>,
): Promise<number> {
  const done = await markedRows(session, marks, load);
  if (done !== undefined) return done;
  const rows = await work();
  try {
    await session.execute(`insert into ${marks} values (${load}, ${rows}); commit`);
    return rows;
  } catch (error) {
    if (sqlState(error) !== uniqueViolation) throw error;
    await session.execute('rollback');
  }
  return (await markedRows(session, marks, load))!;
}

async function markedRows(session: Session, marks: string, load: number): Promise<number | undefined> {
  const [row] = await session.query<{ rows: string }>(`select rows from ${marks} where load = $1`, [load]);
  return row && Number(row.rows);
}

/** @throws PROOF_FAILED when what a helper has loaded is not what the backup has */
export function requireRows(table: ManifestTable, rows: number, expectedRows: number): void {
  if (rows === expectedRows) return;
  throw new HoldfastError(
    'PROOF_FAILED',
    `${displayName(table)} took ${rows} rows where the backup has ${expectedRows}.`,
    { details: { table: displayName(table), rows, expectedRows } },
  );
}
