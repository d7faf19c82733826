import type { ConnectionTarget } from '../../postgres/connection.ts';
import { sqlState } from '../../postgres/failure.ts';
import { dumpSchema, type DumpedSchema, type DumpOptions } from '../../postgres/pg-dump/pg-dump.ts';
import { readSchemaVersion } from '../../postgres/inspect/schema-version.ts';
import type { Session } from '../../postgres/wire/session.ts';

/** How long a schema stays in memory after its last use. */
const keptForMs = 600_000;
const undefinedTable = '42P01';

/** The live schema of one database as pg_dump reads it: read once, and again when a definition has changed. */
export interface LiveSchema {
  /**
   * @param session in a repeatable read transaction, whose snapshot decides what is read
   * @throws what dumpSchema throws
   */
  read(session: Session, database: ConnectionTarget, options: DumpOptions): Promise<DumpedSchema>;
  /** Frees the memory. */
  forget(): void;
}

export function liveSchema(): LiveSchema {
  let kept: { version: string; schema: DumpedSchema } | undefined;
  let expiry: NodeJS.Timeout | undefined;
  const forget = (): void => {
    clearTimeout(expiry);
    kept = undefined;
  };
  return {
    async read(session, database, options) {
      const seen = await readSchemaVersion(session);
      // What is left out of it depends on these.
      const version = seen && JSON.stringify([seen, options.excludeTables, options.excludeSchemas]);
      if (kept && kept.version === version) {
        expiry?.refresh();
        return kept.schema;
      }
      forget();
      const [snapshot] = await session.query<{ id: string }>('select pg_catalog.pg_export_snapshot() as id');
      try {
        const schema = await dumpSchema(database, { ...options, snapshot: snapshot!.id });
        if (version === null) return schema;
        // Another plan may have kept one meanwhile.
        forget();
        kept = { version, schema };
        expiry = setTimeout(forget, keptForMs).unref();
        return schema;
      } catch (error) {
        // A table was dropped since the snapshot. The newest state will do, but it is not that of the version.
        if (sqlState((error as Error).cause) !== undefinedTable) throw error;
        return dumpSchema(database, options);
      }
    },
    forget,
  };
}
