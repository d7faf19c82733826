import { counted } from '../../base/units.ts';
import type { TablePlan } from '../../contract/restore.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';

/** Where a tool notes which migrations have run. */
interface Bookkeeping {
  tool: string;
  /** As the tool calls it unless it is told otherwise. */
  table: string;
  /** Columns that tell it from another table of that name. */
  columns: readonly string[];
  /** It has no others. */
  exact?: true;
  /** It has one row, that says how far the schema has come. */
  oneRow?: true;
}

/** As the tools make them by default. */
const known: readonly Bookkeeping[] = [
  {
    tool: 'Prisma',
    table: '_prisma_migrations',
    columns: ['checksum', 'migration_name', 'applied_steps_count'],
  },
  { tool: 'Drizzle', table: '__drizzle_migrations', columns: ['hash', 'created_at'] },
  { tool: 'Knex', table: 'knex_migrations', columns: ['name', 'batch', 'migration_time'] },
  { tool: 'TypeORM', table: 'migrations', columns: ['id', 'timestamp', 'name'], exact: true },
  { tool: 'Sequelize', table: 'SequelizeMeta', columns: ['name'], exact: true },
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
  { tool: 'Supabase', table: 'schema_migrations', columns: ['version', 'statements'] },
  { tool: 'Rails', table: 'schema_migrations', columns: ['version'], exact: true },
];

function noted(name: string, columns: ManifestTable['columns']): Bookkeeping | undefined {
  const has = new Set(columns.map((column) => column.name));
  return known.find(
    ({ table, columns: own, exact }) =>
      table === name && own.every((column) => has.has(column)) && (!exact || has.size === own.length),
  );
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
    const notes = noted(table.name, table.columns);
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
