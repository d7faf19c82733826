import { findRows, type FoundRows, type RowsWanted } from '../../engine/look/find-rows.ts';
import type { Invocation } from '../invocation.ts';
import { findBackup, withStore } from './alone.ts';
import type { AloneOptions } from './options.ts';

/** Rows of a backup of a store alone. */
export async function rows(
  invocation: Invocation,
  address: string,
  name: string,
  wanted: RowsWanted,
  options: AloneOptions,
): Promise<
  Omit<FoundRows, 'next' | 'truncated'> & { backup: string; truncated?: string; nextCursor?: string }
> {
  return withStore(invocation, options, address, async (opened) => {
    const { store, uuid, manifest } = await findBackup(invocation, opened, name);
    const { next, truncated, ...found } = await findRows(store, manifest, wanted);
    return {
      backup: uuid,
      ...found,
      ...(truncated === null ? {} : { truncated }),
      ...(next === null ? {} : { nextCursor: next }),
    };
  });
}
