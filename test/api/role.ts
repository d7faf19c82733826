import type { TestContext } from 'node:test';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from '../support/connect.ts';
import type { FirstTestDatabase } from '../support/database.ts';
import { serverTarget } from '../support/servers.ts';

/** A role without any privilege of its own, dropped after the database it was made for. */
export async function plainRole(
  t: TestContext,
  db: FirstTestDatabase,
  attributes = '',
): Promise<{ role: string; target: ConnectionTarget }> {
  const role = `${db.name}_plain`;
  await db.client.query(`create role "${role}" login password 'plain' ${attributes}`);
  t.after(async () => {
    const client = await openClient(serverTarget(db.server));
    await client.query(`drop role "${role}"`);
    await client.end();
  });
  const { host, port } = db.server;
  return { role, target: { host, port, user: role, password: 'plain', database: db.name } };
}
