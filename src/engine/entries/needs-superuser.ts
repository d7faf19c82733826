import type { SchemaEntry } from '../../format/manifest.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';

/** Whether only a superuser may make it. */
export function needsSuperuser({ kind, sql }: Pick<SchemaEntry, 'kind' | 'sql'>): boolean {
  const { superuser } = entryKind(kind);
  return superuser === true || (superuser !== undefined && superuser.test(sql));
}
