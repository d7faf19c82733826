import { diffQuery, type DiffBody } from '../contract/diff.ts';
import { queryBody } from '../contract/query.ts';
import { rowsQuery, type RowsBody } from '../contract/look.ts';
import { historyQuery, type HistoryBody } from '../contract/row-history.ts';
import { usage } from './alone/options.ts';

interface Checked<Data> {
  success: boolean;
  data?: Data | undefined;
  error?: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } | undefined;
}

/** What rows of a table are wanted, as it was typed. @throws INVALID_REQUEST */
export function wantedRows(typed: {
  table: string;
  key: string | undefined;
  limit: number;
  after: string | undefined;
}): RowsBody & { limit: number } {
  return {
    ...checked('rows', rowsQuery.safeParse({ ...typed, limit: String(typed.limit) })),
    limit: typed.limit,
  };
}

/** What is to be compared, as it was typed. @throws INVALID_REQUEST */
export function wantedDiff(typed: {
  table: string;
  against: string;
  by: string | undefined;
  limit: number;
}): DiffBody {
  return checked('diff', diffQuery.safeParse({ ...typed, limit: String(typed.limit) }));
}

/** Which row's history is wanted, as it was typed. @throws INVALID_REQUEST */
export function wantedHistory(typed: { table: string; key: string; limit: number }): HistoryBody {
  return checked('history', historyQuery.safeParse({ ...typed, limit: String(typed.limit) }));
}

/** A comparison in a store alone, where a backup has no id. @throws INVALID_REQUEST */
export function wantedDiffAlone(typed: {
  table: string;
  against: string;
  by: string | undefined;
  limit: number;
}): Omit<DiffBody, 'against' | 'limit'> & { limit: number; against: string } {
  const wanted = wantedDiff({ ...typed, against: 'live' });
  return { ...wanted, against: typed.against, limit: typed.limit };
}

/** A statement and its limits. @throws INVALID_REQUEST */
export function checkedQuestion(typed: { sql: string; limit: number; timeoutSeconds: number }): typeof typed {
  return { ...typed, ...checked('query', queryBody.safeParse(typed)) };
}

function checked<Data>(command: string, { data, error }: Checked<Data>): Data {
  if (data !== undefined) return data;
  const [problem] = error?.issues ?? [];
  const field = problem?.path[0] === 'after' ? 'cursor' : String(problem?.path[0] ?? 'the options');
  throw usage(command, `--${field}: ${problem?.message}.`);
}
