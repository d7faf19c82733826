import type { Manifest } from '../../format/manifest.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { ExtensionProblem } from './extension-problems.ts';

/** An extension that is made, and in which version. */
export interface PlannedExtension {
  name: string;
  inBackup: string;
  /** Null where it cannot be made. */
  created: string | null;
}

/**
 * @param names of those that are made
 * @param which the server's default version, or that of the backup
 */
export async function plannedExtensions(
  session: Session,
  manifest: Manifest,
  names: readonly string[],
  which: 'newest' | 'same',
): Promise<PlannedExtension[]> {
  const wanted = manifest.extensions.filter(({ name }) => names.includes(name));
  const rows = await session.query<PlannedExtension>(
    `select e.name, e.version as "inBackup",
       case when $3 then (select v.version from pg_catalog.pg_available_extension_versions v
           where v.name = e.name and v.version = e.version)
         else a.default_version end as created
     from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) e(name, version)
       left join pg_catalog.pg_available_extensions a on a.name = e.name order by 1`,
    [wanted.map(({ name }) => name), wanted.map(({ version }) => version), which === 'same'],
  );
  return rows;
}

/** Those that the server offers, but not in the version of the backup. */
export function versionProblems(
  planned: readonly PlannedExtension[],
  found: readonly ExtensionProblem[],
): ExtensionProblem[] {
  return planned
    .filter(({ name, created }) => created === null && !found.some((each) => each.name === name))
    .map(({ name, inBackup }) => ({
      name,
      problem: `the server does not offer version ${inBackup} (without extensionVersions "same" it gets the server's default)`,
    }));
}

export function versionWarnings(planned: readonly PlannedExtension[]): string[] {
  return planned
    .filter(({ created, inBackup }) => created !== null && created !== inBackup)
    .map(
      ({ name, inBackup, created }) =>
        `The extension ${name} is made in version ${created}; the backup has ${inBackup}.`,
    );
}
