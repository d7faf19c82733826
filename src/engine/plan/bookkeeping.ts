import { counted } from '../../base/units.ts';
import type { TablePlan } from '../../contract/restore.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';

/** Where a tool notes which migrations have run. */
interface Bookkeeping {
  tool: string;
  /** As the tool calls it unless it is told otherwise. */
  table: string;
  /** Where the tool puts it always; any without this. */
  schema?: string;
  /** Columns that tell it from another table of that name. */
  columns: readonly string[];
  /** It has no others. */
  exact?: true;
  /** It has one row, that says how far the schema has come. */
  oneRow?: true;
}

/**
 * As the tools make them by default, read in their sources: Prisma (prisma/prisma-engines, sql_migration_persistence.rs), Drizzle
 * (drizzle-orm/pg-core/dialect), Knex (lib/migrations/migrate/table-creator.js), TypeORM (src/migration/MigrationExecutor.ts),
 * Sequelize (sequelize/umzug, src/storage/sequelize.ts), MikroORM (packages/migrations/src/MigrationStorage.ts), node-pg-migrate
 * (src/runner.ts), Flyway (PostgreSQLDatabase.java), Liquibase (CreateDatabaseChangeLogTableGenerator.java), Django
 * (django/db/migrations/recorder.py), Alembic (alembic/ddl/impl.py), golang-migrate (database/postgres/postgres.go),
 * Supabase (supabase/cli, pkg/migration/history.go), Rails (active_record/schema_migration.rb).
 */
const known: readonly Bookkeeping[] = [
  {
    tool: 'Prisma',
    table: '_prisma_migrations',
    columns: ['checksum', 'migration_name', 'applied_steps_count'],
  },
  { tool: 'Drizzle', table: '__drizzle_migrations', columns: ['hash', 'created_at'] },
  { tool: 'Knex', table: 'knex_migrations', columns: ['name', 'batch', 'migration_time'] },
  { tool: 'TypeORM', table: 'migrations', columns: ['id', 'timestamp', 'name'], exact: true },
  // With the option `timestamps` it has two more columns.
  { tool: 'Sequelize', table: 'SequelizeMeta', columns: ['name'] },
  { tool: 'MikroORM', table: 'mikro_orm_migrations', columns: ['name', 'executed_at'] },
  { tool: 'node-pg-migrate', table: 'pgmigrations', columns: ['name', 'run_on'] },
  { tool: 'Flyway', table: 'flyway_schema_history', columns: ['installed_rank', 'script', 'success'] },
  { tool: 'Liquibase', table: 'databasechangelog', columns: ['author', 'filename', 'md5sum'] },
  { tool: 'Django', table: 'django_migrations', columns: ['app', 'name', 'applied'] },
  { tool: 'Alembic', table: 'alembic_version', columns: ['version_num'], exact: true, oneRow: true },
  {
    tool: 'golang-migrate',
    table: 'schema_migrations',
    columns: ['version', 'dirty'],
    exact: true,
    oneRow: true,
  },
  // Older versions had the first column alone, and would be taken for Rails.
  { tool: 'Supabase', table: 'schema_migrations', schema: 'supabase_migrations', columns: ['version'] },
  { tool: 'Rails', table: 'schema_migrations', columns: ['version'], exact: true },
];

function noted({ schema, name, columns }: ManifestTable): Bookkeeping | undefined {
  const has = new Set(columns.map((column) => column.name));
  return known.find(
    ({ table, schema: only, columns: own, exact }) =>
      table === name &&
      (only === undefined || only === schema) &&
      own.every((column) => has.has(column)) &&
      (!exact || has.size === own.length),
  );
}

/**
 * Warns where tables get an earlier form back, which the code that runs does not expect.
 * @param tables all of the backup
 * @param restored those that are restored
 */
export function replacedFormWarnings(
  tables: readonly ManifestTable[],
  restored: readonly ManifestTable[],
): string[] {
  return tables.flatMap((table) => {
    const notes = noted(table);
    if (!notes) return [];
    const { tool } = notes;
    const what = restored.includes(table)
      ? `it goes back too, so ${tool} runs the later migrations again the next time that it is run`
      : `it is not restored and says that later migrations have run, so ${tool} would not run them again; restore it too`;
    return [
      `The tables get the form of the backup. ${displayName(table)} is where ${tool} notes which migrations have run: ${what}. Until then the code that runs has to be that of the backup: code of today expects the form of today.`,
    ];
  });
}

/**
 * Warns of tables of notes that a restore in place moves back: the definitions of tables that are there stay as they are, so
 * the notes would no longer say what has been done to them.
 * @param schemaDiffers whether the live schema is another one than that of the backup
 */
export function bookkeepingWarnings(
  tables: readonly ManifestTable[],
  plans: readonly TablePlan[],
  schemaDiffers: boolean,
): string[] {
  return tables.flatMap((table, place) => {
    const notes = noted(table);
    const plan = plans[place];
    if (!notes || plan?.rowsNow == null) return [];
    const [now, then] = [plan.rowsNow, plan.rowsInBackup];
    const back = notes.oneRow ? schemaDiffers : now !== then;
    if (!back) return [];
    const what = notes.oneRow
      ? 'what it says of the schema becomes that of the backup'
      : `it has ${counted(now, 'row')} now, and gets the ${then} of the backup`;
    return [
      `${displayName(table)} is where ${notes.tool} notes which migrations have run: ${what}, while tables that are there keep the form that they have today. ${notes.tool} would then run migrations again that have run, or miss some that it believes it has. Leave this table out by choosing the others, unless you will also run the code of that time.`,
    ];
  });
}
