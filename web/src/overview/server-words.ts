import { formatBytes, formatCount } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';

/**
 * What the server says, with its figures as the page writes them: it knows neither the reader's time zone nor his
 * language. The numbers of backups stay as they are.
 */
export function readable(text: string, unit: 'bytes' | 'count' = 'count'): string {
  return text
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, (at) => formatTime(at))
    .replaceAll(/(?<!backup |[\d-])\b\d{4,}\b(?![-:])( bytes of| bytes)?/gi, (found, bytes?: string) => {
      const value = Number.parseInt(found, 10);
      const of = bytes?.endsWith('of') ? ' of' : '';
      return unit === 'bytes' || bytes !== undefined ? formatBytes(value) + of : formatCount(value);
    });
}

/** Several warnings about one backup, as one text with one question. */
export function unusual(warnings: readonly { code: string; message: string }[]): string {
  const question = ' Is that what you expect?';
  const texts = warnings.map(({ code, message }) =>
    readable(message, code === 'SIZE_UNUSUAL' ? 'bytes' : 'count').replace(question, ''),
  );
  return texts.join(' ') + question;
}
