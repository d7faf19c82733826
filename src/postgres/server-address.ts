import { parse } from 'pg-connection-string';
import { openClient, type ConnectionTarget } from './connection.ts';

/** A database of another server, as an address names it. */
export interface ServerAddress {
  database: string;
  /** `host:port`, or the folder of a socket: nothing of it is secret. */
  server: string;
  /** With the password, if there is one. */
  target: ConnectionTarget;
}

const defaultPort = 5432;

/**
 * Takes an address apart: `postgres://user:password@host:5432/name`.
 * @param options.strict whether the environment of this process adds nothing: no user, host or password. Default: false
 * @returns undefined for what is no such address, or has no name. Nothing of it may be said: it may be the password
 */
export function serverAddress(
  url: string,
  { strict = false }: { strict?: boolean } = {},
): ServerAddress | undefined {
  if (!/^postgres(?:ql)?:\/\//.test(url)) return undefined;
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(url);
  } catch {
    return undefined;
  }
  const { host, port, user, database } = parsed;
  // A password that is not encoded may end where a host or a name is looked for.
  if (!database || database.includes('@')) return undefined;
  if (strict && (!host || !user)) return undefined;
  const at = host || 'localhost';
  return {
    database,
    server: at.startsWith('/') ? at : `${at}:${port || defaultPort}`,
    target: { connectionString: url, ...(strict && !parsed.password ? { password: () => '' } : {}) },
  };
}

/** On which databases one can be while another is made; a server may lack the first. */
const firstDatabases = ['postgres', 'template1'];

/** A database of the server that is there already. @throws DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION */
export async function firstDatabase(server: ConnectionTarget): Promise<ConnectionTarget> {
  let failure: unknown;
  for (const database of firstDatabases) {
    const target = { ...server, database };
    try {
      const client = await openClient(target, { applicationName: 'holdfast restore' });
      await client.end().catch(() => {});
      return target;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
