import type pg from 'pg';

/** Rows made on the server, the same ones every time. */
export interface DataSet {
  readonly name: string;
  readonly describes: string;
  /** A database, or a dump, of it is thousands of files. */
  readonly manyFiles?: boolean;
  /** Fills an empty database. Scale 1 is about 600 MB as COPY text, or 5,000 tables. */
  make(client: pg.Client, scale: number): Promise<void>;
}
