import type { GlobalTablespace } from '../../format/globals.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';

/** What a fact gives beyond itself, so that one must be asked before it is made. */
export type Power =
  | { kind: 'attribute' }
  | { kind: 'membership'; role: string }
  | { kind: 'parameter' }
  | { kind: 'setting'; name: string };

/** One thing that can be said of a server's globals, and made so alone. */
export interface Fact {
  /** Its name; no two facts of a server have the same. Names in it are quoted where they are no plain words. */
  what: string;
  /** What it is a part of: where that is not there yet, it is made with it. Null for what every server has. */
  subject: { kind: 'role' | 'tablespace'; name: string } | null;
  /** Roles that must be there. */
  roles: readonly string[];
  /** The database that must be there. */
  database?: string;
  /** Compared as it is. */
  value: string;
  /** For people; null for a value that is a secret. */
  shown: string | null;
  /** What makes it so. */
  statements: readonly string[];
  /** Instead, where what it is about is not there. */
  create?: readonly string[];
  /** What makes it not so. */
  remove: readonly string[];
  power?: Power;
  /** Where what it is a part of is there already, it stays as it is: a password, the place of a tablespace. */
  isFixed?: true;
  /** What a new role has anyway. */
  isDefault?: true;
  /** Made first and in no transaction: a tablespace. */
  tablespace?: GlobalTablespace;
}

/** A name as it is shown: two different ones never look the same. */
export function shownName(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : quoteIdentifier(name);
}

/** What `pg_` begins is the server's own. */
export function isReserved(name: string): boolean {
  return name.startsWith('pg_');
}
