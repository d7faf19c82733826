/** Which rows of a backup are looked for. Pure. */
export interface AskedRows {
  table: string;
  /** Null while the columns of the table are not known. */
  column: string | null;
  /** Whether the column alone tells one row from all others. */
  isKey: boolean;
  /** Empty for the first rows. */
  value: string;
}

/** As it is sent; undefined for the first rows. A key of several columns may be typed as JSON. */
export function keyOf({ column, isKey, value }: AskedRows): string | Record<string, string> | undefined {
  if (value === '') return undefined;
  if (value.startsWith('{')) {
    try {
      return JSON.parse(value) as Record<string, string>;
    } catch {
      // It is a value that begins so.
    }
  }
  return column === null || isKey ? value : { [column]: value };
}
