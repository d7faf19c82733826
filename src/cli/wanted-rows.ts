import { rowsQuery, type RowsBody } from '../contract/look.ts';
import { usage } from './alone/options.ts';

/** What rows of a table are wanted, as it was typed. @throws INVALID_REQUEST */
export function wantedRows(typed: {
  table: string;
  key: string | undefined;
  limit: number;
  after: string | undefined;
}): RowsBody & { limit: number } {
  const result = rowsQuery.safeParse({ ...typed, limit: String(typed.limit) });
  if (result.success) return { ...result.data, limit: typed.limit };
  const [problem] = result.error.issues;
  const field = problem?.path[0] === 'after' ? 'cursor' : String(problem?.path[0] ?? 'the options');
  throw usage('rows', `--${field}: ${problem?.message}.`);
}
