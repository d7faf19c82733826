import type { ManifestLargeObject } from '../../format/manifest.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** Bytes of one row of a large object's data. */
const pieceBytes = 256 * 1024;

/** Objects read by one statement; each holds a descriptor open for a moment. */
export const largeObjectsPerStatement = 1_000;

/** What describes the large objects: owner, privileges and comment as statements that set them. */
export async function readLargeObjects(session: Session): Promise<ManifestLargeObject[]> {
  const rows = await session.query<{
    oid: string;
    owner: string;
    grants: { grantee: string | null; privilege: string; grantable: boolean }[] | null;
    comment: string | null;
  }>(`
    select m.oid::pg_catalog.int8 as oid, o.rolname as owner,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('grantee', g.rolname,
          'privilege', a.privilege_type, 'grantable', a.is_grantable))
        from pg_catalog.aclexplode(m.lomacl) a left join pg_catalog.pg_roles g on g.oid = a.grantee) as grants,
      pg_catalog.obj_description(m.oid, 'pg_largeobject') as comment
    from pg_catalog.pg_largeobject_metadata m join pg_catalog.pg_roles o on o.oid = m.lomowner
    order by m.oid`);
  return rows.map((row) => {
    const oid = Number(row.oid);
    const statements: string[] = [];
    if (row.grants) {
      statements.push(`REVOKE ALL ON LARGE OBJECT ${oid} FROM ${quoteIdentifier(row.owner)};`);
      for (const grant of row.grants) {
        const to = grant.grantee === null ? 'PUBLIC' : quoteIdentifier(grant.grantee);
        const option = grant.grantable ? ' WITH GRANT OPTION' : '';
        statements.push(`GRANT ${grant.privilege} ON LARGE OBJECT ${oid} TO ${to}${option};`);
      }
    }
    if (row.comment !== null) {
      statements.push(`COMMENT ON LARGE OBJECT ${oid} IS ${quoteLiteral(row.comment)};`);
    }
    return { oid, owner: row.owner, sql: statements.join('\n') };
  });
}

/**
 * COPY of (oid, position, bytes) rows of these objects. Through lo_get(), which obeys the privileges of the
 * object and the snapshot; pg_largeobject itself is for superusers.
 */
export function copyLargeObjects(oids: readonly number[]): string {
  // lo_open for reading, seek to the end (whence 2) for the size; closed again in the same row.
  return `copy (
    select s.oid, p.position, pg_catalog.lo_get(s.oid, p.position, ${pieceBytes})
    from (select o.oid, o.size from (
      select x.oid, pg_catalog.lo_lseek64(x.fd, 0, 2) as size, pg_catalog.lo_close(x.fd) as closed
      from (select u.oid, pg_catalog.lo_open(u.oid, 262144) as fd
        from pg_catalog.unnest('{${oids.join(',')}}'::pg_catalog.oid[]) u(oid) offset 0) x offset 0) o
      where o.closed = 0 offset 0) s
    cross join lateral pg_catalog.generate_series(0::pg_catalog.int8, s.size - 1, ${pieceBytes}) p(position)
    order by s.oid, p.position) to stdout`;
}

/** The temporary table that takes large object rows, and what makes objects of them. Used by restore and download. */
export const largeObjectStage = {
  create: `create temporary table holdfast_large_objects (oid pg_catalog.oid, "position" pg_catalog.int8, data pg_catalog.bytea)`,
  copy: `copy pg_temp.holdfast_large_objects (oid, "position", data) from stdin`,
  fill: `select pg_catalog.lo_put(oid, "position", data) from pg_temp.holdfast_large_objects order by oid, "position"`,
  drop: `drop table pg_temp.holdfast_large_objects`,
};
