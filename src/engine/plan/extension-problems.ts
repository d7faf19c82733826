import type { Session } from '../../postgres/wire/session.ts';

/** An extension that a restore needs and cannot create. */
export interface ExtensionProblem {
  name: string;
  /** `the server does not offer it`. */
  problem: string;
}

/**
 * Checks what can be known beforehand: whether the server offers it, whether this role may create it, and the rules of
 * pg_cron. Other obstacles appear when it is created.
 * @param database that it would be created in; null for one that has no name yet
 */
export async function extensionProblems(
  session: Session,
  extensions: readonly string[],
  database: string | null,
): Promise<ExtensionProblem[]> {
  const rows = await session.query<{ name: string; offered: boolean; permitted: boolean }>(
    `select e.name, v.name is not null as offered,
      coalesce(not v.superuser or v.trusted or r.rolsuper, false) as permitted
    from pg_catalog.unnest($1::pg_catalog.text[]) e(name)
      left join pg_catalog.pg_available_extensions a on a.name = e.name
      left join pg_catalog.pg_available_extension_versions v on v.name = a.name and v.version = a.default_version
      join pg_catalog.pg_roles r on r.rolname = current_user
    order by 1`,
    [extensions],
  );
  const found: ExtensionProblem[] = [];
  for (const { name, offered, permitted } of rows) {
    if (!offered) found.push({ name, problem: 'the server does not offer it' });
    else if (!permitted) found.push({ name, problem: 'only a superuser may create it' });
    else if (name === 'pg_cron') {
      const home = await cronDatabase(session);
      if (home === null) {
        found.push({ name, problem: 'the server does not load it: shared_preload_libraries lacks pg_cron' });
      } else if (home !== database) {
        found.push({ name, problem: `it can only be created in the database ${home} (cron.database_name)` });
      }
    }
  }
  return found;
}

/** The one database that pg_cron can be created in; null where the server does not load it. */
async function cronDatabase(session: Session): Promise<string | null> {
  const [row] = await session.query<{ name: string | null }>(
    `select pg_catalog.current_setting('cron.database_name', true) as name`,
  );
  return row?.name ?? null;
}
