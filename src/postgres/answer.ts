import type pg from 'pg';
import type { Session } from './wire/session.ts';

/** Values as the server writes them as text; null for NULL. */
export interface Answer {
  columns: { name: string; type: string }[];
  rows: (string | null)[][];
  /** Whether there were more rows than were wanted. */
  more: boolean;
}

export interface AnswerLimits {
  rowsMax: number;
  /** Of what the server sends. */
  bytesMax: number;
}

/** More was sent than is taken; the connection is of no more use. */
export class AnswerTooLarge extends Error {}

const cursor = 'holdfast_answer';
/** What goes before the statement of the caller. */
export const declaration = `declare ${cursor} no scroll cursor without hold for `;
/** How far into the statement that is sent the one of the caller begins, in characters. */
export const statementOffset = declaration.length;
const rowsPerFetch = 200;

/**
 * Plans a statement that gives rows, in a transaction. As the query of a cursor it can be nothing that changes anything, and the
 * extended protocol takes one statement only.
 */
export async function declareAnswer(session: Session, sql: string): Promise<void> {
  await session.executeOne(declaration + sql);
}

/** Runs what was declared. @throws AnswerTooLarge */
export function fetchAnswer(session: Session, { rowsMax, bytesMax }: AnswerLimits): Promise<Answer> {
  return withinBytes(session, bytesMax, async () => {
    const rows: Answer['rows'] = [];
    let fields: pg.FieldDef[] = [];
    while (rows.length <= rowsMax) {
      const wanted = Math.min(rowsPerFetch, rowsMax + 1 - rows.length);
      const result = await session.run({
        text: `fetch forward ${wanted} from ${cursor}`,
        rowMode: 'array',
        types: asText,
        queryMode: 'extended',
      });
      ({ fields } = result);
      rows.push(...(result.rows as unknown as Answer['rows']));
      if (result.rows.length < wanted) break;
    }
    const more = rows.length > rowsMax;
    return { columns: await columnsOf(session, fields), rows: rows.slice(0, rowsMax), more };
  });
}

/** Does something with a connection, which is cut off when the server sends more. @throws AnswerTooLarge */
export async function withinBytes<T>(session: Session, bytesMax: number, work: () => Promise<T>): Promise<T> {
  const { stream } = session.client;
  let bytes = 0;
  const count = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > bytesMax) stream.destroy(new AnswerTooLarge());
  };
  stream.on('data', count);
  try {
    return await work();
  } catch (error) {
    if (bytes > bytesMax) throw new AnswerTooLarge('the answer is too large', { cause: error });
    throw error;
  } finally {
    stream.off('data', count);
  }
}

const asText = { getTypeParser: () => (value: string | null) => value } as unknown as pg.CustomTypesConfig;

async function columnsOf(session: Session, fields: readonly pg.FieldDef[]): Promise<Answer['columns']> {
  const types = await session.query<{ type: string }>(
    `select pg_catalog.format_type(t.oid, t.modifier) as type
      from rows from (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[])) with ordinality as t(oid, modifier, place)
      order by t.place`,
    [fields.map(({ dataTypeID }) => dataTypeID), fields.map(({ dataTypeModifier }) => dataTypeModifier)],
  );
  return fields.map(({ name }, i) => ({ name, type: types[i]?.type ?? '' }));
}
