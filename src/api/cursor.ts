import { invalidRequest } from './validate.ts';

/** Where the next page of a list begins. Opaque to callers, so that its content can change. */
function cursorAfter(id: number): string {
  return Buffer.from(`before:${id}`).toString('base64url');
}

/** The cursor of the next page, if there is one. */
export function nextCursor(page: { rows: readonly { id: number }[]; more: boolean }): {
  nextCursor?: string;
} {
  const last = page.rows.at(-1);
  return page.more && last ? { nextCursor: cursorAfter(last.id) } : {};
}

/** @throws INVALID_REQUEST for anything cursorAfter did not make */
export function readCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const id = Number(/^before:([1-9][0-9]{0,15})$/.exec(text)?.[1]);
  if (!Number.isSafeInteger(id)) {
    throw invalidRequest([{ field: 'cursor', problem: 'is not a nextCursor of this list' }]);
  }
  return id;
}
