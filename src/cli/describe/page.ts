import { count } from '../../base/units.ts';
import { dim } from '../terminal/style.ts';

/** What is below a list that has more pages; empty below the last one. */
export function pageFooter(shown: number, page: { total: number; nextCursor?: string | undefined }): string {
  if (page.nextCursor === undefined) return '';
  return `\n${dim(`${shown} of ${count(page.total)}; continue with --cursor ${page.nextCursor}`)}`;
}
