import type { Session } from '../wire/session.ts';

/** Of these roles those that the server does not have, in the order of their names. */
export async function readMissingRoles(session: Session, names: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select r.name from pg_catalog.unnest($1::pg_catalog.text[]) r(name)
     where not exists (select from pg_catalog.pg_roles p where p.rolname = r.name) order by 1`,
    [[...new Set(names)]],
  );
  return rows.map(({ name }) => name);
}
