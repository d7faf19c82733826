import { quoteIdentifier, type QualifiedName } from '../identifiers.ts';

export interface DumpScope {
  /** Name of an exported snapshot; without one pg_dump takes its own. */
  snapshot?: string | undefined;
  /** Of the texts in the archive. SQL_ASCII: the bytes as they are. */
  encoding?: 'UTF8' | 'SQL_ASCII' | undefined;
  excludeTables: QualifiedName[];
  excludeSchemas: string[];
  /** Nothing but what is in these; everything without. */
  onlySchemas?: readonly string[] | undefined;
  /** How long pg_dump waits for its ACCESS SHARE locks. */
  lockTimeoutMs: number;
}

/** One pattern is one catalog query of pg_dump, and its regular expression must stay cheap to compile. */
const namesPerPattern = 200;

/**
 * What pg_dump is asked for: the definitions before and after the data, as an archive. Not --schema-only,
 * which would leave out REFRESH MATERIALIZED VIEW; and an archive because plain text names neither the
 * dependencies of an entry nor its section.
 * @param dumperMajor of the pg_dump that is asked; older ones know fewer options
 */
export function dumpArguments(scope: DumpScope, dumperMajor: number): string[] {
  return [
    '--format=custom',
    '--compress=0',
    '--section=pre-data',
    '--section=post-data',
    // The name since 16 is --no-large-objects; every version takes this one.
    '--no-blobs',
    ...(dumperMajor >= 18 ? ['--no-statistics'] : []),
    '--no-sync',
    `--encoding=${scope.encoding ?? 'UTF8'}`,
    `--lock-wait-timeout=${scope.lockTimeoutMs}`,
    ...(scope.snapshot === undefined ? [] : [`--snapshot=${scope.snapshot}`]),
    ...inGroups(scope.onlySchemas ?? []).map((names) => `--schema=${alternatives(names)}`),
    ...tablePatterns(scope.excludeTables).map((pattern) => `--exclude-table=${pattern}`),
    ...inGroups(scope.excludeSchemas).map((names) => `--exclude-schema=${alternatives(names)}`),
  ];
}

/** `"schema".("a"|"b")`: outside of quotes a psql pattern is a regular expression, inside it is literal. */
function tablePatterns(tables: readonly QualifiedName[]): string[] {
  const bySchema = new Map<string, string[]>();
  for (const { schema, name } of tables) {
    const names = bySchema.get(schema);
    if (names) names.push(name);
    else bySchema.set(schema, [name]);
  }
  return [...bySchema].flatMap(([schema, names]) =>
    inGroups(names).map((group) => `${quoteIdentifier(schema)}.${alternatives(group)}`),
  );
}

function alternatives(names: readonly string[]): string {
  return `(${names.map(quoteIdentifier).join('|')})`;
}

function inGroups(names: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (let at = 0; at < names.length; at += namesPerPattern) {
    groups.push(names.slice(at, at + namesPerPattern));
  }
  return groups;
}
