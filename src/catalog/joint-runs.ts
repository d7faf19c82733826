import { randomUUID } from 'node:crypto';
import type { ClaimedPiece, Helper, HelperPlace, LeadPlace, SharedPiece } from '../engine/sharing/sharing.ts';
import type { RunKind } from '../contract/states.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import { runTables } from './run-tables.ts';
import type { HeldRun } from './runs.ts';
import { wakeOthers } from './wakeups.ts';

/** The kinds of run that several machines can work on. */
export type JointKind = Extract<RunKind, 'backup' | 'restore'>;
const jointKinds: readonly JointKind[] = ['backup', 'restore'];

/** A run that another process performs, and that has room for one more machine. */
export interface JointRun extends HeldRun {
  kind: JointKind;
  terms: Uint8Array;
}

export interface JointRuns {
  lead(kind: JointKind, run: HeldRun, maxWorkers: number, note: LeadPlace['note']): LeadPlace;
  /** Those that one more machine may join. */
  open(): Promise<JointRun[]>;
  /** @returns undefined when there is no more room, or the run has ended */
  join(
    run: JointRun,
    machine: Omit<Helper, 'helper'>,
  ): Promise<(HelperPlace & { helper: string }) | undefined>;
  /** Forgets what was shared of runs that have ended, however they did. */
  forgetEnded(connection?: Queryable): Promise<void>;
}

/** What names a run among all that a catalog has shared. */
export const nameOfJoint = (kind: JointKind, { id, fence }: HeldRun): string => `${kind} ${id} ${fence}`;

/** How long a helper may not be heard of before others get what it has claimed. */
export const leaseSeconds = 10;
/** Once this number of helpers that had claimed a piece were lost, the lead does it itself. */
const claimsMax = 2;

/** @param source the protected database, where the helpers of a run have connections too */
export function jointRuns(pool: Pool, schema: string, source: Pool): JointRuns {
  const own = quoteIdentifier(schema);
  const runs = `${own}.system_joint_runs`;
  const helpers = `${own}.system_run_helpers`;
  const work = `${own}.system_joint_work`;
  const ofRun = `kind = $1 and run_id = $2 and fence = $3`;
  /** SQL of the condition that the run of a row goes on under the fence of that row. */
  const goesOn = (row: string): string =>
    `(${jointKinds
      .map(
        (kind) =>
          `${row}.kind = '${kind}' and exists (select from ${own}.${runTables[kind].table} r
            where r.id = ${row}.run_id and r.fence = ${row}.fence and r.status = 'running')`,
      )
      .join(' or ')})`;
  const seenSince = `seen_at > pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => ${leaseSeconds})`;

  async function forgetEnded(connection: Queryable = pool): Promise<void> {
    for (const table of [runs, helpers, work]) {
      await connection.query(`delete from ${table} s where not ${goesOn('s')}`);
    }
  }

  function lead(kind: JointKind, run: HeldRun, maxWorkers: number, note: LeadPlace['note']): LeadPlace {
    const name = [kind, run.id, run.fence] as const;
    return {
      maxWorkers,
      run: nameOfJoint(kind, run),
      note,
      async offer(terms) {
        await forgetEnded();
        await pool.query(
          `insert into ${runs} as s (kind, run_id, fence, max_workers, terms) values ($1, $2, $3, $4, $5)
           on conflict (kind, run_id) do update set fence = excluded.fence, max_workers = excluded.max_workers, terms = excluded.terms
            where s.fence <= excluded.fence`,
          [...name, maxWorkers, Buffer.from(terms)],
        );
        await wakeOthers(pool, schema);
      },
      async put(pieces) {
        await pool.query(
          `insert into ${work} (kind, run_id, fence, piece, content)
           select $1, $2, $3, p.piece, p.content
             from rows from (pg_catalog.unnest($4::pg_catalog.int4[]), pg_catalog.unnest($5::pg_catalog.bytea[])) as p (piece, content)
           on conflict (kind, run_id, fence, piece) do nothing`,
          [...name, pieces.map(({ piece }) => piece), pieces.map(({ content }) => Buffer.from(content))],
        );
      },
      look: () =>
        pool.transaction(async (connection) => {
          const left = await connection.query<{ helper: string; host: string; because: string | null }>(
            `delete from ${helpers} where ${ofRun} and (left_because is not null or not ${seenSince})
             returning helper, host, left_because as because`,
            [...name],
          );
          const silentOnes = left.flatMap(({ helper, because }) =>
            because === null ? applicationNameOf(helper) : [],
          );
          if (silentOnes.length > 0) {
            await endConnections(connection, silentOnes);
            if (source !== pool) await endConnections(source, silentOnes);
          }
          await connection.query(
            `update ${work} w set helper = null
              where ${ofRun} and helper is not null and result is null and refused is null
                and not exists (select from ${helpers} h where h.helper = w.helper)`,
            [...name],
          );
          const ended = await connection.query<{
            piece: number;
            result: Buffer | null;
            refused: string | null;
          }>(
            `delete from ${work} where ${ofRun}
                and (result is not null or refused is not null or helper is null and claim >= ${claimsMax})
             returning piece, result, refused`,
            [...name],
          );
          const open = await connection.query<{ piece: number }>(`select piece from ${work} where ${ofRun}`, [
            ...name,
          ]);
          const there = await connection.query<Helper>(
            `select helper, host, connections from ${helpers} where ${ofRun}`,
            [...name],
          );
          return {
            helpers: there,
            left: left.map(({ host, because }) => ({ host, because: because ?? silent })),
            ended,
            open: open.map(({ piece }) => piece),
          };
        }),
      async takeBack() {
        const [row] = await pool.query<{ piece: number }>(
          `delete from ${work} where ${ofRun} and piece = (
             select piece from ${work} where ${ofRun} and helper is null and result is null and refused is null
              order by piece desc limit 1 for update skip locked) returning piece`,
          [...name],
        );
        return row?.piece;
      },
      async end() {
        for (const table of [runs, helpers, work]) {
          await pool.query(`delete from ${table} where ${ofRun}`, [...name]);
        }
      },
    };
  }

  function helperPlace(run: JointRun, helper: string): HelperPlace & { helper: string } {
    const name = [run.kind, run.id, run.fence] as const;
    const isHelper = `exists (select from ${helpers} h where h.helper = $4 and h.left_because is null)`;
    return {
      run: nameOfJoint(run.kind, run),
      helper,
      applicationName: applicationNameOf(helper),
      leaseSeconds,
      async beat() {
        const rows = await pool.query(
          `update ${helpers} h set seen_at = pg_catalog.clock_timestamp()
            where helper = $1 and left_because is null and ${goesOn('h')}
              and exists (select from ${runs} s where s.kind = h.kind and s.run_id = h.run_id and s.fence = h.fence)
           returning helper`,
          [helper],
        );
        return rows.length > 0;
      },
      async claim() {
        const [row] = await pool.query<ClaimedPiece>(
          `update ${work} w set helper = $4, claim = claim + 1
            where ${ofRun} and ${isHelper} and piece = (
              select piece from ${work} where ${ofRun} and helper is null and refused is null and result is null
               order by piece limit 1 for update skip locked)
           returning piece, content, claim`,
          [...name, helper],
        );
        return row;
      },
      async report({ piece, claim }: SharedPiece & { claim: number }, outcome) {
        const rows = await pool.query(
          `update ${work} w set result = $7, refused = $8
            where ${ofRun} and helper = $4 and piece = $5 and claim = $6 and result is null and refused is null and ${isHelper}
           returning piece`,
          [
            ...name,
            helper,
            piece,
            claim,
            'result' in outcome ? Buffer.from(outcome.result) : null,
            'refused' in outcome ? outcome.refused : null,
          ],
        );
        return rows.length > 0;
      },
      async leave(because) {
        await pool.query(`update ${helpers} set left_because = $2 where helper = $1`, [helper, because]);
      },
    };
  }

  return {
    lead,
    forgetEnded,
    open: () =>
      pool.query<JointRun>(
        `select kind, run_id as id, fence, terms from ${runs} s
          where ${goesOn('s')}
            and (select pg_catalog.count(*) from ${helpers} h
                  where h.kind = s.kind and h.run_id = s.run_id and h.fence = s.fence and h.left_because is null and ${seenSince})
                < s.max_workers - 1`,
      ),
    async join(run, { host, connections }) {
      const helper = randomUUID();
      const name = [run.kind, run.id, run.fence] as const;
      return pool.transaction(async (connection) => {
        // One joins at a time, so that they can be counted.
        const [offered] = await connection.query<{ places: number }>(
          `select max_workers - 1 as places from ${runs} s where ${ofRun} and ${goesOn('s')} for update`,
          [...name],
        );
        const [there] = await connection.query<{ count: number }>(
          `select pg_catalog.count(*) as count from ${helpers} where ${ofRun} and left_because is null and ${seenSince}`,
          [...name],
        );
        if (!offered || there!.count >= offered.places) return undefined;
        await connection.query(
          `insert into ${helpers} (helper, kind, run_id, fence, host, connections, seen_at)
           values ($4, $1, $2, $3, $5, $6, pg_catalog.clock_timestamp())`,
          [...name, helper, host, connections],
        );
        return helperPlace(run, helper);
      });
    },
  };
}

/** Of the connections of a helper, in whichever database. */
const applicationNameOf = (helper: string): string => `holdfast helper ${helper}`;

const silent = `nothing was heard of it for ${leaseSeconds} seconds`;

/** What a helper that was stopped has locked would be waited for. */
async function endConnections(connection: Queryable, applicationNames: readonly string[]): Promise<void> {
  await connection.query(
    `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
      where usename = current_user and application_name = any ($1)`,
    [applicationNames],
  );
}
