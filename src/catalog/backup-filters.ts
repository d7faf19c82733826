import type { BackupType } from '../contract/backup-type.ts';
import type { BackupTrigger } from '../contract/states.ts';
import type { RowFilter } from './runs.ts';

/** Which backups a list shows; what is left out lets every one through. */
export interface BackupFilters {
  trigger?: BackupTrigger | undefined;
  type?: BackupType | undefined;
  pinned?: boolean | undefined;
  /** In the description or a requested table, ignoring case; or the id. */
  q?: string | undefined;
}

export function rowFilter({ trigger, type, pinned, q }: BackupFilters): RowFilter {
  const searched = q?.trim() ?? '';
  return {
    condition: `($1::pg_catalog.text is null or trigger = $1) and ($2::pg_catalog.text is null or type = $2)
      and ($3::boolean is null or pinned = $3)
      and ($4::pg_catalog.text is null or description ilike $4 or id::pg_catalog.text = $5
        or exists (select from pg_catalog.unnest(tables) as t(name) where t.name ilike $4))`,
    values: [
      trigger ?? null,
      type ?? null,
      pinned ?? null,
      searched === '' ? null : `%${searched.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
      searched,
    ],
  };
}
