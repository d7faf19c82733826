import { readable as readableWith } from '../../../src/base/words.ts';
import { formatTime } from '../format/times.ts';

/** What the server says, with times as this page writes them. */
export function readable(text: string, unit: 'bytes' | 'count' = 'count'): string {
  return readableWith(text, formatTime, unit);
}

/** Several warnings about one backup, as one text with one question. */
export function unusual(warnings: readonly { code: string; message: string }[]): string {
  const question = ' Is that what you expect?';
  const texts = warnings.map(({ code, message }) =>
    readable(message, code === 'SIZE_UNUSUAL' ? 'bytes' : 'count').replace(question, ''),
  );
  return texts.join(' ') + question;
}
