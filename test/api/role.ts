import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import type { FirstTestDatabase } from '../support/database.ts';

/** A role without any privilege of its own, dropped after the database it was made for. */
export async function plainRole(
  db: FirstTestDatabase,
  attributes = '',
): Promise<{ role: string; target: ConnectionTarget }> {
  const role = `${db.name}_plain`;
  await db.client.query(`create role "${role}" login password 'plain' ${attributes}`);
  db.afterwards(`drop role "${role}"`);
  const { host, port } = db.server;
  return { role, target: { host, port, user: role, password: 'plain', database: db.name } };
}
