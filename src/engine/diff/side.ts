/** One of the two tables that are compared. */
export interface Side {
  /** What it is called in messages: `backup 12`, `the database`. */
  name: string;
  /** Those whose values are stored. */
  columns: readonly SideColumn[];
  /**
   * Gives each row as COPY text of these columns in this order, without a line feed, valid during the call; until one is answered with
   * false, where that is possible.
   */
  read(columns: readonly string[], onRow: (line: Uint8Array) => boolean): Promise<void>;
}

export interface SideColumn {
  name: string;
  type: string;
}
