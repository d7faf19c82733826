import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { MigrationTool } from './replay.ts';

const folder = path.join(import.meta.dirname, 'prisma/migrations');

/** What the file of the npm package exports besides its declared types. */
interface Bindings {
  __wbg_set_wasm(exports: unknown): void;
}

/** Of Node, but not in the types that the project has. */
interface Wasm {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
}
const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: Wasm };

let loaded: Promise<void> | undefined;

/** Prisma's own schema engine, compiled to WebAssembly: what `prisma migrate deploy` asks to do the work. */
async function load(): Promise<void> {
  const file = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm');
  const { instance } = await wasm.instantiate(await fs.readFile(file), { './schema_engine_bg.js': bindings });
  (bindings as unknown as Bindings).__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

const schema = 'datasource db {\n  provider = "postgresql"\n}\n';

/** The folder of migrations, as `prisma migrate deploy` reads it, up to a step. */
async function migrationsUpTo(step: number) {
  const names = await stepsOf();
  return {
    baseDir: folder,
    lockfile: {
      path: 'migration_lock.toml',
      content: await fs.readFile(path.join(folder, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.slice(0, step + 1).map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await fs.readFile(path.join(folder, name, 'migration.sql'), 'utf8'),
          },
        },
      })),
    ),
  };
}

async function stepsOf(): Promise<string[]> {
  const entries = await fs.readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

export const prisma: MigrationTool = {
  name: 'Prisma',
  bookkeeping: 'public._prisma_migrations',
  steps: stepsOf,
  async deploy(connectionString, step) {
    await (loaded ??= load());
    const adapters = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString }));
    const engine = await bindings.SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => {},
      adapters,
    );
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: await migrationsUpTo(step),
        filters: { externalTables: [], externalEnums: [] },
      });
      return appliedMigrationNames;
    } finally {
      engine.free();
    }
  },
};
