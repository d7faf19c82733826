import { leftBehindSentence } from '../contract/left-behind-words.ts';
import { redact } from '../base/redaction.ts';
import { dropDatabase } from '../postgres/databases.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { Queryable } from '../postgres/pool.ts';
import { removeAbandonedServers } from '../engine/scratch/embedded-scratch.ts';
import { dropAbandoned } from '../engine/scratch/scratch-database.ts';
import type { RunContext } from './context.ts';
import { outerServers } from './scratch-target.ts';

/**
 * Drops the unfinished databases of restores that were killed. A restore writes into its row what it is going to build,
 * so nothing is dropped by the look of its name, and nothing while the row says that the restore runs. What was killed
 * may still be creating one on the server: that shows up the next time. Of those on other servers, whose addresses are not known any
 * more, the log is told. Never throws.
 */
export async function dropUnfinishedDatabases(context: RunContext): Promise<void> {
  await dropLeftScratches(context);
  try {
    const { restores } = context.catalog;
    const here = await stillThere(context.source, await restores.unfinishedDatabases());
    for (const name of here) {
      await dropDatabase(context.databases.live, name);
      context.logger.log('info', 'dropped the unfinished database of an interrupted restore', {
        database: name,
      });
    }
    for (const { id, server, database } of await restores.leftElsewhere()) {
      // The other server may have been our own.
      if (here.includes(database)) await restores.forgetUnfinished([database]);
      else context.logger.log('warn', leftBehindSentence(server), { restore: id, server, database });
    }
  } catch (error) {
    const { message } = databaseFailure(error);
    context.logger.log('warn', `an unfinished database could not be dropped: ${redact(message)}`);
  }
}

async function stillThere(server: Queryable, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await server.query<{ name: string }>(
    'select datname as name from pg_catalog.pg_database where datname = any ($1)',
    [names],
  );
  return rows.map(({ name }) => name);
}

/** Scratch databases have no row: they are known by what they are. Never throws. */
async function dropLeftScratches(context: RunContext): Promise<void> {
  await removeAbandonedServers();
  for (const server of outerServers(context)) {
    for (const database of await dropAbandoned(server)) {
      context.logger.log('info', 'dropped the scratch database of a process that is gone', { database });
    }
  }
}
