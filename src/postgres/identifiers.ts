/** A relation's name, both parts unquoted as the catalog holds them. */
export interface QualifiedName {
  schema: string;
  name: string;
}

/** Quotes one identifier. The only place that does. Throws on NUL, which PostgreSQL cannot hold. */
export function quoteIdentifier(identifier: string): string {
  if (identifier.includes('\0')) throw new RangeError('an identifier cannot contain NUL');
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`, quoted for SQL. */
export function quoteName(name: QualifiedName): string {
  return `${quoteIdentifier(name.schema)}.${quoteIdentifier(name.name)}`;
}

/** `operator("schema".name)`: an operator that no search_path decides about. Throws on what is no operator's name. */
export function operatorName(schema: string, name: string): string {
  if (!/^[-+*/<>=~!@#%^&|`?]+$/.test(name)) throw new RangeError('no name of an operator');
  return `operator(${quoteIdentifier(schema)}.${name})`;
}

/** Quotes a string constant; safe with any standard_conforming_strings. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new RangeError('a string constant cannot contain NUL');
  const doubled = value.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** `schema.name` for people: messages, progress, API answers. Not for SQL. */
export function displayName(name: QualifiedName): string {
  return `${name.schema}.${name.name}`;
}
