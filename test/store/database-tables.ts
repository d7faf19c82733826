import { storeTables as tablesIn, type StoreTables } from '../../src/store/database/tables.ts';

/** Where the database store is when nothing else is configured. */
export const storeTables: StoreTables = tablesIn('public');
