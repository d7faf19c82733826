import type { Session } from '../wire/session.ts';

/**
 * Settings that can change what an expression of the application gives. COPY text and definitions, as a backup has
 * them, mean the same under any value of these: dates are ISO with four digits and an offset, intervals have signs.
 */
export const steadySettings = [
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'bytea_output',
  'default_text_search_config',
  'extra_float_digits',
  'lc_numeric',
  'lc_time',
  'timezone_abbreviations',
  'xmlbinary',
] as const;

/**
 * Settings that can do so too, but also change how COPY text, a definition or a name that the catalog prints is read.
 */
export const momentarySettings = [
  'array_nulls',
  'backslash_quote',
  'lc_monetary',
  'quote_all_identifiers',
  'standard_conforming_strings',
  'transform_null_equals',
  'xmloption',
] as const;

/** What an application keeps under such a name may be a secret, and is not for a manifest. */
const secretName = /secret|passw|token|credential|private|jwt|key/i;

export function isSecretName(setting: string): boolean {
  return setting.includes('.') && secretName.test(setting);
}

/**
 * The settings with which a session of this role in this database begins, before it sets any itself: those
 * that can change what an expression gives, with all that belong to extensions and to the application itself.
 */
export async function readEvaluationSettings(session: Session): Promise<Record<string, string>> {
  const rows = await session.query<{ name: string; value: string }>(
    `select s.name, s.reset_val as value from pg_catalog.pg_settings s
      where s.reset_val is not null and (s.name = any($1::pg_catalog.text[])
        or s.name ~ '[.]' and s.context = 'user' and s.reset_val is distinct from s.boot_val)
    union all
    select d.name, pg_catalog.current_setting(d.name, true)
      from (select distinct pg_catalog.split_part(c.entry, '=', 1) as name
        from pg_catalog.pg_db_role_setting r cross join pg_catalog.unnest(r.setconfig) c(entry)
        where r.setdatabase in (0, (select oid from pg_catalog.pg_database
              where datname = pg_catalog.current_database()))
          and r.setrole in (0, (select oid from pg_catalog.pg_roles where rolname = session_user))) d
      where d.name ~ '[.]' and not exists (select from pg_catalog.pg_settings s where s.name = d.name)
        and pg_catalog.current_setting(d.name, true) is not null
    order by 1`,
    [[...steadySettings, ...momentarySettings]],
  );
  return Object.fromEntries(
    rows.filter(({ name }) => !isSecretName(name)).map(({ name, value }) => [name, value]),
  );
}
