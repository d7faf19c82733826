/** Every page of a list, for an export. */

interface Page {
  total: number;
  nextCursor?: string | undefined;
}

/**
 * Loads one page after another until there is none left.
 * @throws what `read` rejects with, an abort included
 */
export async function collectPages<Item, Answer extends Page>(
  read: (cursor: string | undefined) => Promise<Answer>,
  itemsOf: (answer: Answer) => readonly Item[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const answer = await read(cursor);
    items.push(...itemsOf(answer));
    onProgress(items.length, answer.total);
    cursor = answer.nextCursor;
  } while (cursor !== undefined);
  return items;
}
