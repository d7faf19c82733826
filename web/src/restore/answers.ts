/** What a person says about columns that have changed since the backup; as it is sent, and in the address. Pure. */
import type { RestoreBody } from '../data/client.ts';

export const answerKinds = ['fill', 'rename', 'leave-out', 'value', 'zone'] as const;
export type AnswerKind = (typeof answerKinds)[number];

export interface Answer {
  kind: AnswerKind;
  /** Empty for a time zone, which is of all tables. */
  table: string;
  column: string;
  /** What the column gets or is called; of a value: what it was; of a zone: its name. */
  text: string;
  /** Of a value: what it becomes. */
  becomes: string;
}

export const noAnswer: Answer = { kind: 'rename', table: '', column: '', text: '', becomes: '' };

export function isComplete({ kind, table, column, text }: Answer): boolean {
  if (kind === 'zone') return text !== '';
  // A column may be filled with the empty text.
  return table !== '' && column !== '' && (text !== '' || kind === 'leave-out' || kind === 'fill');
}

export function answerWords({ kind, table, column, text, becomes }: Answer): string {
  switch (kind) {
    case 'fill':
      return `${table}.${column} gets “${text}”`;
    case 'rename':
      return `${table}.${column} is called ${text} today`;
    case 'leave-out':
      return `the values of ${table}.${column} are left out`;
    case 'value':
      return `“${text}” in ${table}.${column} becomes “${becomes}”`;
    case 'zone':
      return `timestamps without a zone are in ${text}`;
  }
}

export function readAnswers(query: URLSearchParams): Answer[] {
  return query.getAll('answer').flatMap((text) => {
    try {
      const [kind, table = '', column = '', what = '', becomes = ''] = JSON.parse(text) as string[];
      const answer = { kind: kind as AnswerKind, table, column, text: what, becomes };
      return answerKinds.includes(answer.kind) && isComplete(answer) ? [answer] : [];
    } catch {
      return [];
    }
  });
}

export function writeAnswers(query: URLSearchParams, answers: readonly Answer[]): void {
  for (const { kind, table, column, text, becomes } of answers) {
    query.append('answer', JSON.stringify([kind, table, column, text, becomes]));
  }
}

/** The later of two answers about the same counts. */
export function adaptRequest(answers: readonly Answer[]): Partial<RestoreBody> {
  const fill: Record<string, Record<string, string>> = {};
  const renames: Record<string, Record<string, string>> = {};
  const dropColumns: Record<string, string[]> = {};
  const values: Record<string, Record<string, Record<string, string>>> = {};
  let timestampZone: string | null = null;
  for (const { kind, table, column, text, becomes } of answers) {
    if (kind === 'fill') (fill[table] ??= {})[column] = text;
    else if (kind === 'rename') (renames[table] ??= {})[column] = text;
    else if (kind === 'leave-out') dropColumns[table] = [...(dropColumns[table] ?? []), column];
    else if (kind === 'value') ((values[table] ??= {})[column] ??= {})[text] = becomes;
    else timestampZone = text;
  }
  return { onDrift: 'adapt', fill, renames, dropColumns, values, timestampZone };
}
