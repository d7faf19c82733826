import pg from 'pg';
import { clientConfig, type ConnectionTarget } from '../../src/postgres/connection.ts';

/** A connection as an application has it: with the settings of its role and database, not with ours. */
export async function openClient(
  target: ConnectionTarget,
  { applicationName = 'test', database }: { applicationName?: string; database?: string } = {},
): Promise<pg.Client> {
  const client = new pg.Client(
    clientConfig(target, { applicationName, ...(database === undefined ? {} : { database }) }),
  );
  // Without a listener a connection that a test breaks would end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}
