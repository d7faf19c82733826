import type { ManifestWarning } from '../../format/manifest.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';

/**
 * What a backup warns about: it has every row it was asked for, but something beside the rows it could not read, or
 * it holds something that a restore does not bring back automatically. docs/OPERATIONS.md, "Warnings of a backup", has one entry for each.
 */
export const backupWarningCodes = [
  'FINGERPRINT_MISMATCH',
  'SCHEMA_READER_WARNED',
  'SECRET_SETTING_LEFT_OUT',
  'SUBSCRIPTION_NOT_READ',
  'USER_MAPPING_OPTIONS_NOT_READ',
  'DATABASE_CHANGED',
  'OWN_TABLES_NEEDED',
  'SEARCH_PATH_NEEDED',
] as const;
export type BackupWarningCode = (typeof backupWarningCodes)[number];

export interface NewWarning {
  code: BackupWarningCode;
  /** As a catalog names it: `CONSTRAINT public.orders orders_total_check`; null for the database as a whole. */
  object: string | null;
  /** One or two sentences: what is not as one expects, and what to do about it. */
  message: string;
  /** The table that it is about. A restore of other tables does not repeat the warning. */
  table?: QualifiedName;
}

/** Collects what one backup warns about. */
export interface BackupWarnings {
  add(warning: NewWarning): void;
  /** What was added, each once, in the order of code and object. */
  list(): ManifestWarning[];
}

export function backupWarnings(): BackupWarnings {
  const found = new Map<string, ManifestWarning>();
  return {
    add({ code, object, message, table }) {
      const warning = {
        code,
        object,
        message,
        table: table ? { schema: table.schema, name: table.name } : null,
      };
      found.set(JSON.stringify(warning), warning);
    },
    list: () => [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, warning]) => warning),
  };
}
