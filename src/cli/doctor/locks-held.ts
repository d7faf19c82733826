import type { Session } from '../../postgres/wire/session.ts';
import { quoteLiteral } from '../../postgres/identifiers.ts';
import { count, roughly } from '../../base/units.ts';
import { someOf, ok, warn, type Check } from './check.ts';

interface Holder {
  pid: number | null;
  /** Of a prepared transaction. */
  gid: string | null;
  seconds: number;
  state: string | null;
  tables: string[];
}

/**
 * What would make a backup fail: another session's lock on a table, held longer than a backup waits.
 * @param lockTimeoutMs 0 for every such lock
 */
export async function checkLocksHeld(session: Session, lockTimeoutMs: number): Promise<Check> {
  const name = 'locks held';
  const holders = await session.query<Holder>(
    `select l.pid, x.gid,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - coalesce(a.xact_start, x.prepared))::pg_catalog.float8 as seconds,
       a.state, pg_catalog.array_agg(distinct pg_catalog.format('%I.%I', n.nspname, c.relname)) as tables
       from pg_catalog.pg_locks l
       join pg_catalog.pg_class c on c.oid = l.relation and c.relkind in ('r', 'p', 'm')
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       left join pg_catalog.pg_stat_activity a on a.pid = l.pid
       left join pg_catalog.pg_locks own on l.pid is null and own.pid is null
         and own.locktype = 'transactionid' and own.virtualtransaction = l.virtualtransaction
       left join pg_catalog.pg_prepared_xacts x on x.transaction = own.transactionid
      where l.locktype = 'relation' and l.granted and l.mode = 'AccessExclusiveLock'
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
        and l.pid is distinct from pg_catalog.pg_backend_pid()
        and coalesce(a.xact_start, x.prepared) < pg_catalog.clock_timestamp() - $1::pg_catalog.float8 * interval '1 ms'
        and coalesce(a.application_name, '') not like 'holdfast%'
      group by l.pid, x.gid, a.xact_start, x.prepared, a.state
      order by seconds desc`,
    [lockTimeoutMs],
  );
  const [first] = holders;
  if (!first) return ok(name, `no session keeps a table from others longer than ${roughly(lockTimeoutMs)}`);
  const who =
    first.gid === null
      ? `Session ${first.pid} (${first.state ?? 'state unknown'})`
      : `The prepared transaction ${first.gid}`;
  const more = holders.length > 1 ? `, and ${count(holders.length - 1)} more` : '';
  const waits = lockTimeoutMs > 0 ? ` A backup waits ${roughly(lockTimeoutMs)}, then fails.` : '';
  return warn(
    name,
    `${who} has kept ${someOf(first.tables)} from all others for ${roughly(first.seconds * 1_000)}${more}.${waits}`,
    first.gid === null
      ? `Let it end, or end it: SELECT pg_catalog.pg_terminate_backend(${first.pid});`
      : `Finish it in this database, with COMMIT PREPARED or: ROLLBACK PREPARED ${quoteLiteral(first.gid)};`,
  );
}
