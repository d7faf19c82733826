import type { StatusFigures } from '../contract/status-figures.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** As it comes out of the question. Ages are by the clock of the server, which made the times. */
interface Figures {
  proofs: { level: keyof StatusFigures['proofs']; backupId: number; at: string }[];
  lastDrill: StatusFigures['lastDrill'];
  findings: StatusFigures['findings'];
  scrubs: StatusFigures['scrubs'];
}

const ageOf = (at: string): string =>
  `greatest(0, pg_catalog.round(extract(epoch from pg_catalog.now() - ${at})))`;

/** What metrics are made from, in one question. @param stores the configured ones */
export async function statusFigures(
  pool: Queryable,
  schema: string,
  stores: readonly string[],
): Promise<StatusFigures> {
  const own = quoteIdentifier(schema);
  const utc = (at: string): string =>
    `pg_catalog.to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const [row] = await pool.query<Figures>(
    `select
       (select coalesce(pg_catalog.jsonb_agg(p), '[]') from (
         select distinct on (level) level, backup_id as "backupId", ${utc('at')} as at from (
             select 'drill' as level, backup_id, finished_at as at from ${own}.backup_drill_log
              where verdict = 'passed' and status = 'completed'
             union all
             select level, backup_id, finished_at from ${own}.backup_verification_log
              where status = 'completed' and share is null) as proofs
           left join ${own}.system_backups b on b.id = backup_id
          where b.damaged is not true
          order by level, proofs.at desc) as p) as proofs,
       (select pg_catalog.jsonb_build_object('id', id, 'backupId', backup_id, 'verdict', verdict, 'at', ${utc('finished_at')},
             'ageSeconds', ${ageOf('finished_at')}, 'restoreMs', restore_ms)
          from ${own}.backup_drill_log where finished_at is not null and verdict is not null
         order by finished_at desc, id desc limit 1) as "lastDrill",
       (select pg_catalog.jsonb_build_object('open', pg_catalog.count(*), 'since', ${utc('pg_catalog.min(found_at)')})
          from ${own}.system_backup_findings where state = 'open') as findings,
       (select coalesce(pg_catalog.jsonb_agg(s order by s.store), '[]') from (
         select distinct on (store) store, id, status, share,
             case when finished_at is null and (progress->>'estimatedRawBytes')::pg_catalog.float8 > 0
               then least(1, (progress->>'rawBytes')::pg_catalog.float8 / (progress->>'estimatedRawBytes')::pg_catalog.float8)
             end as done,
             ${utc('finished_at')} as "finishedAt", ${ageOf('finished_at')} as "ageSeconds",
             (report->>'missing')::pg_catalog.int8 as missing, (report->>'damaged')::pg_catalog.int8 as damaged
           from ${own}.backup_scrub_log where store = any ($1)
          order by store, id desc) as s) as scrubs`,
    [stores],
  );
  const { proofs, lastDrill, findings, scrubs } = row!;
  const at = (level: keyof StatusFigures['proofs']) => {
    const found = proofs.find((each) => each.level === level);
    return found ? { backupId: found.backupId, at: found.at } : null;
  };
  return {
    proofs: {
      presence: at('presence'),
      checksum: at('checksum'),
      content: at('content'),
      drill: at('drill'),
    },
    lastDrill,
    findings,
    scrubs,
  };
}
