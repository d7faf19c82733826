/**
 * Where pg_dump, compiled to WebAssembly, is: in a checkout in the npm package it comes from; the published package
 * carries it along (scripts/pg-dump-files.ts).
 */
import { ownFile } from '../../base/package.ts';

const npmPackage = 'node_modules/@electric-sql/pglite-tools/dist';

/** The module that starts the program. */
export const dumpStarter = ownFile(
  new URL('./pg-dump/pg_dump.js', import.meta.url),
  `${npmPackage}/pg_dump.js`,
);

/** The program itself, which the starter would look for in the same place. */
export const dumpProgram = ownFile(
  new URL('./pg-dump/pg_dump.wasm', import.meta.url),
  `${npmPackage}/pg_dump.wasm`,
);
