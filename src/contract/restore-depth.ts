import { z } from 'zod';
import { storableText } from './fields.ts';

/** What of the tables a restore brings back. */
export const restoreContent = z.enum(['all', 'schema', 'data']);
export type RestoreContent = z.infer<typeof restoreContent>;

const newName = storableText(63)
  .min(1)
  .refine((name) => new TextEncoder().encode(name).length <= 63, 'must be at most 63 bytes long');

/** How deep a restore goes into what it covers. */
export const depthFields = {
  content: restoreContent.default('all').meta({
    description:
      '`schema`: definitions without rows, sequences at their start; tables that are there keep their rows and their form. `data`: only rows, into tables that are there; nothing is created',
  }),
  intoSchema: newName
    .refine((name) => !/^pg_|^information_schema$/.test(name), 'is a schema of the system')
    .nullable()
    .default(null)
    .meta({
      description:
        'The tables are made in this schema of the live database, beside the live ones, which are not touched. It is created where it is missing; a table that has the name there is a refusal',
      examples: ['before'],
    }),
  as: newName
    .nullable()
    .default(null)
    .meta({
      description:
        'The one table is made under this name, beside the live one: in its own schema, or in `intoSchema`',
      examples: ['orders_old'],
    }),
};

/** Of a restore beside the live tables. */
export const besideFindings = {
  removal: z.string().optional().meta({
    description: 'The statement that removes exactly what a restore into another schema or name has made',
  }),
};

interface Choice extends Naming {
  content: RestoreContent;
  restoreType: string;
  tables: readonly string[];
  schemas: readonly string[];
  target: { mode: string };
  targetUrl?: unknown;
  onDrift: string;
}

interface Naming {
  intoSchema: string | null;
  as: string | null;
}

/** Whether tables are made under another name, beside the live ones. */
export function isBeside({ intoSchema, as }: Partial<Naming>): boolean {
  return (intoSchema ?? as ?? null) !== null;
}

/** The rules between how deep a restore goes and what it covers, where and how; for `superRefine`. */
export function depthRules(choice: Choice, context: z.RefinementCtx): void {
  const issue = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  const { content, restoreType, target, targetUrl, onDrift, intoSchema, as } = choice;
  const inNewDatabase = target.mode !== 'in-place' || targetUrl !== undefined;
  const ofRows = restoreType === 'rows';
  if (isBeside(choice)) {
    const field = intoSchema === null ? 'as' : 'intoSchema';
    if (ofRows) {
      issue(field, 'is of whole tables: restore the table there, and copy from it the rows that you need');
    }
    if (inNewDatabase) issue(field, 'is beside the live tables; a new database has none');
    if (content === 'data') issue('content', '"data" puts rows into tables that are there; copies are new');
    if (onDrift !== 'fail') issue('onDrift', 'is about tables that are there; copies are made as they were');
    if (as !== null && !ofRows && (choice.tables.length !== 1 || choice.schemas.length > 0)) {
      issue('as', 'renames one table: name it, alone, in tables');
    }
    return;
  }
  if (content === 'all') return;
  if (ofRows) {
    issue('content', 'is of whole tables: chosen rows are always rows alone, put into the table of today');
    return;
  }
  if (content === 'schema') {
    if (onDrift !== 'fail') issue('onDrift', 'is about rows, and content "schema" restores none');
    return;
  }
  if (inNewDatabase) {
    issue('content', '"data" puts rows into tables that are there; a new database has none');
  }
  if (onDrift !== 'fail' && onDrift !== 'adapt') {
    issue('onDrift', 'brings tables back as they were, and content "data" leaves them as they are');
  }
}
