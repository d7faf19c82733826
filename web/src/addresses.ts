import type { RouterOptions } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { inDatabase, pageRoot, withoutDatabase } from './data/place.ts';

const useOwnSearch = (): string => withoutDatabase(useSearch());

/** Every address that is gone to or linked keeps the database that the page is about; screens know nothing of it. */
export const addresses = {
  base: pageRoot,
  hrefs: (address) => inDatabase(address),
  aroundNav: (navigate, to, options) => navigate(inDatabase(to), options),
  searchHook: useOwnSearch,
} satisfies RouterOptions;
