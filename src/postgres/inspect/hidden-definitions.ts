import type { Session } from '../wire/session.ts';

/** What the server does not show to this role, of what pg_dump reads. docs/OPERATIONS.md, "Warnings of a backup". */
export interface HiddenDefinition {
  kind: 'SUBSCRIPTION' | 'USER MAPPING';
  /** As pg_dump names it. */
  name: string;
}

/**
 * pg_dump leaves out subscriptions unless it is a superuser's, with a warning that names none of them, and writes a user
 * mapping without its options where the view pg_user_mappings does not show them, with none. Whether a mapping has any
 * is hidden, too. Everything else that pg_dump reads is open to every role, or an error.
 */
export function readHiddenDefinitions(session: Session): Promise<HiddenDefinition[]> {
  return session.query<{ kind: HiddenDefinition['kind']; name: string }>(`
    with me as (select r.rolname, r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
    select 'SUBSCRIPTION' as kind, s.subname::pg_catalog.text as name
      from pg_catalog.pg_subscription s cross join me
     where not me.rolsuper
       and s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
    union all
    select 'USER MAPPING', pg_catalog.format('%s SERVER %s', u.usename, u.srvname)
      from pg_catalog.pg_user_mappings u join pg_catalog.pg_foreign_server f on f.oid = u.srvid cross join me
     where not me.rolsuper
       and not (u.umuser <> 0 and u.usename = me.rolname and (pg_catalog.pg_has_role(f.srvowner, 'USAGE')
         or pg_catalog.has_server_privilege(f.oid, 'USAGE')))
       and not (u.umuser = 0 and pg_catalog.pg_has_role(f.srvowner, 'USAGE'))
    order by 1, 2`);
}
