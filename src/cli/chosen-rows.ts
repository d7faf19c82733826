import type { z } from 'zod';
import { chosenRows as schema, type ChosenRows } from '../contract/chosen-rows.ts';
import { chosenTenant as tenantSchema, type ChosenTenant } from '../contract/chosen-tenant.ts';
import { usage } from './alone/options.ts';

export interface ChosenRowsOptions {
  table?: string;
  rows?: string;
  key?: string[];
  by?: string[];
  onConflict?: ChosenRows['onConflict'];
  withChildren?: boolean;
  withParents?: boolean;
  tenant?: string;
  removeNewRows?: boolean;
}

/** Whose rows were typed; undefined where nobody's were. @throws INVALID_REQUEST */
export function typedTenant(
  options: ChosenRowsOptions & { tables?: string[]; toDatabase?: string },
): ChosenTenant | undefined {
  const { tenant: id, onConflict, withParents } = options;
  if (id === undefined) return undefined;
  const { table, rows, key, by, withChildren, tables, toDatabase } = options;
  const others = { table, rows, key, by, 'with-children': withChildren, tables, 'to-database': toDatabase };
  const [lone] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (lone !== undefined) {
    throw usage(
      'restore',
      `--tenant brings back all of their rows, in place; it does not go with --${lone}.`,
    );
  }
  return checked(tenantSchema, {
    id,
    withParents: withParents ?? false,
    ...(options.removeNewRows ? { newRows: 'remove' } : {}),
    ...(onConflict ? { onConflict } : {}),
  });
}

/** What rows were typed; undefined where none were. @throws INVALID_REQUEST */
export function chosenRows(
  options: ChosenRowsOptions & { tables?: string[]; toDatabase?: string },
): ChosenRows | undefined {
  const { table, rows: where, key, by, onConflict, withChildren, withParents } = options;
  if (options.tenant !== undefined) return undefined;
  if (options.removeNewRows) throw usage('restore', '--remove-new-rows goes with --tenant.');
  if (table === undefined) {
    const typed = Object.entries({
      rows: where,
      key,
      by,
      'on-conflict': onConflict,
      'with-children': withChildren,
      'with-parents': withParents,
    });
    const [lone] = typed.find(([, value]) => value !== undefined) ?? [];
    if (lone !== undefined) throw usage('restore', `--${lone} goes with --table.`);
    return undefined;
  }
  if ((where === undefined) === (key === undefined)) {
    throw usage('restore', '--table needs --rows or --key, and not both. A whole table: --tables.');
  }
  if (options.tables || options.toDatabase !== undefined) {
    throw usage(
      'restore',
      '--table brings rows back in place; it does not go with --tables or --to-database.',
    );
  }
  return checked(schema, {
    table,
    ...(where === undefined ? { keys: key!.map(keyOf) } : { where }),
    ...(by ? { by } : {}),
    ...(onConflict ? { onConflict } : {}),
    withChildren: withChildren ?? false,
    withParents: withParents ?? false,
  });
}

function checked<Schema extends z.ZodType>(schema: Schema, typed: unknown): z.output<Schema> {
  const result = schema.safeParse(typed);
  if (result.success) return result.data;
  const [problem] = result.error.issues;
  throw usage('restore', `${problem?.path.join('.') ?? 'the rows'}: ${problem?.message}.`);
}

function keyOf(text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw usage('restore', '--key begins like a JSON object and is none.');
  }
}
