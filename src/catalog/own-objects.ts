import type { Queryable } from '../postgres/pool.ts';
import type { OwnObjects } from '../engine/run.ts';
import { hasOurForm, problemsOf, readNamesakes } from './own-tables.ts';

/**
 * Our own tables, for those who must leave them alone: those that are proven to be ours. Tables of another installation in
 * the same database are excluded too, of any owner, if they have the mark and the exact form: copies of its
 * chunks would be in every backup, and the next copy would hold the copies.
 * @param connection to the protected database
 * @param schema of our own tables in it; null where they are in another database
 */
export async function readOwnObjects(connection: Queryable, schema: string | null): Promise<OwnObjects> {
  const namesakes = await readNamesakes(connection, null);
  const own = namesakes.filter(
    (namesake) => hasOurForm(namesake) && (namesake.schema !== schema || problemsOf(namesake).length === 0),
  );
  return { tables: own.map(({ schema, name }) => ({ schema, name })), schemas: [] };
}
