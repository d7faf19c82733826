import { z } from 'zod';

/** What is to be said of a setting besides its schema. */
export interface Facts {
  /** For the table in docs/OPERATIONS.md. */
  meaning: string;
  /** The environment variable that sets it. */
  variable?: string;
  /** How the text of the variable is read. Without it, `environment.ts` reads the variable in its own way. */
  as?: 'text' | 'number' | 'list' | 'switch';
  /** Whether it is secret, so that the variable's name with `_FILE` names a file that holds it. */
  secret?: boolean;
  /** The option of the command line that sets it. */
  flag?: string;
  /** The default in words, where the schema has none. */
  otherwise?: string;
}

export const facts = z.registry<Facts>();

/** Gives a schema what is to be said of it. Each setting has a schema of its own, by which it is known. */
export function setting<Schema extends z.ZodType>(schema: Schema, given: Facts): Schema {
  facts.add(schema, given);
  return schema;
}
