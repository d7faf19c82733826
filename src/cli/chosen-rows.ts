import { chosenRows as schema, type ChosenRows } from '../contract/chosen-rows.ts';
import { usage } from './alone/options.ts';

export interface ChosenRowsOptions {
  table?: string;
  rows?: string;
  key?: string[];
  by?: string[];
  onConflict?: ChosenRows['onConflict'];
  withChildren?: boolean;
  withParents?: boolean;
}

/** What rows were typed; undefined where none were. @throws INVALID_REQUEST */
export function chosenRows(
  options: ChosenRowsOptions & { tables?: string[]; toDatabase?: string },
): ChosenRows | undefined {
  const { table, rows: where, key, by, onConflict, withChildren, withParents } = options;
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
  const result = schema.safeParse({
    table,
    ...(where === undefined ? { keys: key!.map(keyOf) } : { where }),
    ...(by ? { by } : {}),
    ...(onConflict ? { onConflict } : {}),
    withChildren: withChildren ?? false,
    withParents: withParents ?? false,
  });
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
