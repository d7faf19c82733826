/**
 * Whether a table is among those that are named, as a backup takes names: `table` (schema public), `schema.table`, `schema.*`, or
 * both parts in double quotes. A table of a partitioned one is, when that is. No names are all tables, and the database as a whole.
 */
export function isNamed(names: readonly string[], key: string, root: string | null): boolean {
  if (names.length === 0) return true;
  const known = new Set(names);
  return [key, ...(root === null ? [] : [root])].some((each) =>
    formsOf(each).some((form) => known.has(form)),
  );
}

function formsOf(key: string): string[] {
  const [schema, name] = JSON.parse(key) as [string, string];
  const quoted = `${quote(schema)}.${quote(name)}`;
  return [`${schema}.${name}`, quoted, `${schema}.*`, ...(schema === 'public' ? [name] : [])];
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
