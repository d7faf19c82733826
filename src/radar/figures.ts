/** What the radar takes from a backup of each table. */
export interface TableFigures {
  schema: string;
  name: string;
  rows: number;
  /** As COPY text. */
  rawBytes: number;
  /** Compressed. */
  storedBytes: number;
  ranges: { unchanged: number; changed: number; read: number };
  /** How many rows are not as they were in the backup before; null where nobody can say. */
  rowsChanged: number | null;
  /** Of what was read for this backup, stored before or not: as COPY text, and compressed. */
  readRawBytes: number;
  readStoredBytes: number;
  /** Oid of the table, which it keeps when it is renamed; null where it is not known. */
  oid: number | null;
  /** Equal for tables with the same columns. */
  shape: string;
  /** The key of the table at the top, for a partition or an inheritance child; null for any other. */
  root: string | null;
  /** Of a range partition where it begins; `default`, `list` or `hash` for the others; null for what is no partition. */
  bound: string | null;
}

/** Names a table; for a database no two are equal. */
export function keyOf({ schema, name }: { schema: string; name: string }): string {
  return JSON.stringify([schema, name]);
}

/** `schema.name`, for people. */
export function nameOf(key: string): string {
  const [schema, name] = JSON.parse(key) as [string, string];
  return schema === '' ? name : `${schema}.${name}`;
}
