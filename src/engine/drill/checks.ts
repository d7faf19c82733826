import type { DrilledCheck } from '../../contract/certificate.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { databaseFailure, sqlState } from '../../postgres/failure.ts';
import { Session } from '../../postgres/wire/session.ts';

/** An assertion about the restored database, of the user's own. */
export interface DrillCheck {
  name: string;
  /** One statement. */
  sql: string;
  /** What the first column of the first row must be. Default true. */
  expect?: string | number | boolean | null | undefined;
  timeoutSeconds: number;
}

/** Runs each check in a transaction of its own that only reads, on the scratch database. */
export async function runChecks(
  database: ConnectionTarget,
  checks: readonly DrillCheck[],
  signal: AbortSignal,
): Promise<DrilledCheck[]> {
  const done: DrilledCheck[] = [];
  for (const check of checks) {
    // A connection each: whatever one does to its session is gone with it.
    const session = await Session.open(
      database,
      {
        applicationName: 'holdfast drill',
        settings: { search_path: 'public', default_transaction_read_only: 'on' },
      },
      signal,
    );
    try {
      done.push(await runCheck(session, check));
    } finally {
      await session.close();
    }
  }
  return done;
}

async function runCheck(
  session: Session,
  { name, sql, expect = true, timeoutSeconds }: DrillCheck,
): Promise<DrilledCheck> {
  const expected = textOf(expect);
  try {
    await session.execute(
      `begin transaction read only; set local statement_timeout = ${timeoutSeconds * 1_000}`,
    );
    // By this protocol the server takes one statement only.
    const { rows } = await session.run({ text: sql, queryMode: 'extended' });
    const row = rows[0] as Record<string, unknown> | undefined;
    const found = row === undefined ? null : textOf(Object.values(row)[0]);
    const passed = row !== undefined && found === expected;
    const problem =
      row === undefined
        ? 'The statement gave no row.'
        : `It gave ${shown(found)} instead of ${shown(expected)}.`;
    return { name, outcome: passed ? 'passed' : 'failed', found, expected, problem: passed ? null : problem };
  } catch (error) {
    const state = sqlState(error);
    // Everything else is about the connection, and ends the drill.
    if (state === undefined) throw error;
    return {
      name,
      outcome: isOfBackup(state) ? 'failed' : 'inconclusive',
      found: null,
      expected,
      problem: databaseFailure(error).message,
    };
  }
}

/** Something that should be in the database and is not there, or a value that cannot be computed. */
const undefinedObject = new Set(['42P01', '42703', '42883', '42704', '3F000']);
const ofValues = new Set(['22', '23', 'P0']);

function isOfBackup(state: string): boolean {
  return ofValues.has(state.slice(0, 2)) || undefinedObject.has(state);
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shown(value: string | null): string {
  return value ?? 'null';
}
