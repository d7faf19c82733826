import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { BackupListQuery } from '../data/client.ts';

export type Filters = Pick<BackupListQuery, 'status' | 'trigger' | 'type' | 'pinned' | 'q'>;

export const pageSize = 50;

/**
 * What a list shows, kept in the address, so that a link and the back button lead to the same list. Pages have cursors, so
 * the address holds the cursors of the newer pages too.
 */
export function useListAddress() {
  const search = useSearch();
  const [, go] = useLocation();
  const given = new URLSearchParams(search);
  const text = <Key extends keyof Filters>(name: Key): Filters[Key] =>
    (given.get(name) ?? undefined) as Filters[Key];
  const filters: Filters = {
    status: text('status'),
    trigger: text('trigger'),
    type: text('type'),
    q: text('q'),
    pinned: given.get('pinned') === 'true' ? true : undefined,
  };
  const cursors = (given.get('after') ?? '').split(',').filter((cursor) => cursor !== '');

  const show = useCallback(
    (next: Filters, after: string[], replace: boolean) => {
      const parameters = new URLSearchParams();
      for (const [name, value] of Object.entries(next)) {
        if (value !== undefined && value !== '') parameters.set(name, String(value));
      }
      if (after.length > 0) parameters.set('after', after.join(','));
      go(`/backups${parameters.size === 0 ? '' : `?${parameters.toString()}`}`, { replace });
    },
    [go],
  );
  return {
    filters,
    cursors,
    setFilters: (next: Filters) => show(next, [], true),
    older: (cursor: string) => show(filters, [...cursors, cursor], false),
    newer: () => show(filters, cursors.slice(0, -1), false),
  };
}
