import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { describeEntry } from '../entries/identity.ts';

/** What a major version brought, and how the definitions of pg_dump show that it is used. */
interface Novelty {
  since: number;
  what: string;
  kinds: readonly string[];
  /** Of the statements without texts and quoted names. */
  pattern: RegExp;
}

const tables = ['TABLE', 'CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'TABLE ATTACH'];

const novelties: readonly Novelty[] = [
  { since: 15, what: 'NULLS NOT DISTINCT', kinds: [...tables, 'INDEX'], pattern: /\bNULLS NOT DISTINCT\b/ },
  { since: 15, what: 'a view with security_invoker', kinds: ['VIEW'], pattern: /\bsecurity_invoker\b/ },
  {
    since: 15,
    what: 'columns of ON DELETE SET',
    kinds: ['FK CONSTRAINT'],
    pattern: /\bON DELETE SET (?:NULL|DEFAULT) \(/,
  },
  {
    since: 15,
    what: 'tables of a schema in a publication',
    kinds: ['PUBLICATION TABLES IN SCHEMA'],
    pattern: /./,
  },
  {
    since: 15,
    what: 'rows or columns of a publication',
    kinds: ['PUBLICATION TABLE'],
    pattern: /\bADD TABLE ONLY [^;]*(?:\(| WHERE )/,
  },
  { since: 17, what: 'the privilege MAINTAIN', kinds: ['ACL', 'DEFAULT ACL'], pattern: /\bMAINTAIN\b/ },
  {
    since: 17,
    what: 'an identity column of a partitioned table',
    kinds: ['TABLE'],
    pattern: /\bALTER TABLE [^;]* ADD GENERATED [^;]*;[^]*\bPARTITION BY\b/,
  },
  {
    since: 18,
    what: 'a virtual generated column',
    kinds: ['TABLE', 'FOREIGN TABLE'],
    pattern: /\bGENERATED ALWAYS AS \((?!.*\bSTORED\b)/,
  },
  { since: 18, what: 'a constraint that is NOT ENFORCED', kinds: tables, pattern: /\bNOT ENFORCED\b/ },
  { since: 18, what: 'WITHOUT OVERLAPS', kinds: tables, pattern: /\bWITHOUT OVERLAPS\b/ },
  { since: 18, what: 'a foreign key with PERIOD', kinds: tables, pattern: /[(,] ?PERIOD\b/ },
  {
    since: 18,
    what: 'a NOT NULL constraint that is NOT VALID or NO INHERIT',
    kinds: tables,
    pattern: /\bNOT NULL [^,;]*\b(?:NOT VALID|NO INHERIT)\b/,
  },
];

/** What is in the backup and unknown to a server that is older than the one it is of, as sentences. */
export function olderServer(
  { source, schema }: Manifest,
  to: number,
  created: readonly SchemaEntry[],
): string[] {
  const from = Math.floor(source.serverVersionNum / 10_000);
  if (to >= from) return [];
  const newer = novelties.filter(({ since }) => since > to && since <= from);
  const found = created.flatMap((entry) =>
    newer
      .filter(({ kinds, pattern }) => kinds.includes(entry.kind) && pattern.test(withoutTexts(entry.sql)))
      .map(({ since, what }) => `${describeEntry(entry)} (${what}, PostgreSQL ${since})`),
  );
  if (source.localeProvider === 'b' && to < 17) {
    found.push('the locale of the database (the provider builtin, PostgreSQL 17)');
  }
  const lacks =
    found.length === 0
      ? `Nothing was found in the ${schema.entries.length} definitions that ${to} is known to lack; should it refuse one, nothing is left behind.`
      : `${to} lacks what these need, and will refuse them: ${found.join('; ')}.`;
  return [`The backup is of PostgreSQL ${from} and the server is ${to}. ${lacks}`];
}

/** Without string constants, dollar-quoted bodies and quoted names. */
function withoutTexts(sql: string): string {
  return sql.replace(/\$(\w*)\$[^]*?\$\1\$|'(?:[^']|'')*'|"(?:[^"]|"")*"/g, ' x ');
}
