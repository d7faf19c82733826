/**
 * Where pg_dump, compiled to WebAssembly, is. The built package carries it beside this file, put there by
 * scripts/pg-dump-files.ts; in a checkout it is in the npm package it comes from.
 */
const inCheckout = import.meta.url.endsWith('.ts');

/** The module that starts the program. */
export const dumpStarter = new URL(
  inCheckout ? import.meta.resolve('@electric-sql/pglite-tools/pg_dump') : './pg-dump/pg_dump.js',
  import.meta.url,
);

/** The program itself, which the starter would look for in the same place. */
export const dumpProgram = new URL('pg_dump.wasm', dumpStarter);
