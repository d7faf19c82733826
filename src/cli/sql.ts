import { openClient } from '../postgres/connection.ts';
import { databaseFailure, sqlState } from '../postgres/failure.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Answer, Invocation } from './invocation.ts';
import { parseOptions } from '../options.ts';
import { localOptions } from './system.ts';
import { remark } from './terminal/output.ts';
import { printable } from './terminal/text.ts';
import { table } from './terminal/table.ts';
import { counted } from '../base/units.ts';

/**
 * Typed SQL names tables of schema public without the schema, as in psql. The search_path of the database is not
 * used even so: who owns the database may have put functions of theirs in front of the server's own.
 */
const typedSettings = { search_path: 'public, pg_temp', row_security: 'on', client_min_messages: 'notice' };

/** @throws INVALID_REQUEST with what the server says when it refuses the text */
export async function runSql(invocation: Invocation, text: string): Promise<Answer> {
  const { target } = parseOptions(await localOptions(invocation));
  const client = await openClient(target, {
    applicationName: 'holdfast sql',
    settings: typedSettings,
  });
  const notices: Notice[] = [];
  client.on('notice', (notice) => notices.push(tell(invocation, notice)));
  try {
    const results = [await client.query(text)].flat();
    const last = results.at(-1);
    const fields = (last?.fields ?? []).map((field) => field.name);
    const rows = (last?.rows ?? []) as Record<string, unknown>[];
    const document = { command: last?.command ?? '', rowCount: last?.rowCount ?? 0, rows, notices };
    if (fields.length === 0) {
      const affected = last?.rowCount == null ? '' : `, ${counted(last.rowCount, 'row')}`;
      return { document, text: `${last?.command ?? 'Nothing to do'}${affected}` };
    }
    const cells = rows.map((row) => fields.map((field) => cell(row[field])));
    return {
      document,
      text: `${table(
        fields.map((title) => ({ title: printable(title), atLeast: 12 })),
        cells,
      )}\n(${counted(rows.length, 'row')})`,
    };
  } catch (error) {
    if (sqlState(error) === undefined || databaseFailure(error).code !== 'INTERNAL')
      throw databaseFailure(error);
    throw new HoldfastError('INVALID_REQUEST', `The server says: ${(error as Error).message}`, {
      hint: '',
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

interface Notice {
  severity: string;
  message: string;
}

/** What the server says beside its answer, as psql shows it, while it works. */
function tell(
  invocation: Invocation,
  { severity = 'NOTICE', message, detail, hint }: Partial<NoticeMessage>,
): Notice {
  if (!invocation.json) {
    const lines = [`${severity}:  ${message}`];
    if (detail !== undefined) lines.push(`DETAIL:  ${detail}`);
    if (hint !== undefined) lines.push(`HINT:  ${hint}`);
    remark(
      invocation,
      lines
        .flatMap((line) => line.split('\n'))
        .map(printable)
        .join('\n'),
    );
  }
  return { severity, message: message ?? '' };
}

/** The part of the driver's notice that is used. */
interface NoticeMessage {
  severity: string | undefined;
  message: string | undefined;
  detail: string | undefined;
  hint: string | undefined;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
