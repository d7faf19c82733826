import type { ManifestSource } from '../format/manifest.ts';
import { openClient, type ConnectionTarget } from './connection.ts';
import { quoteIdentifier, quoteLiteral } from './identifiers.ts';
import { serverVersionNum } from './server-version.ts';

/** Creates an empty database like the one described, from template0. Nobody may connect but its owner and superusers. */
export async function createDatabase(
  target: ConnectionTarget,
  name: string,
  like: ManifestSource,
  { tablespace = null }: { tablespace?: string | null } = {},
): Promise<void> {
  await withClient(target, async (client, serverVersionNum) => {
    const options = [
      'template template0',
      `encoding ${quoteLiteral(like.encoding)}`,
      `lc_collate ${quoteLiteral(like.collate)}`,
      `lc_ctype ${quoteLiteral(like.ctype)}`,
      ...(tablespace === null ? [] : [`tablespace ${quoteIdentifier(tablespace)}`]),
    ];
    if (serverVersionNum >= 150000 && like.localeProvider === 'i') {
      options.push('locale_provider icu');
      if (like.locale !== null) options.push(`icu_locale ${quoteLiteral(like.locale)}`);
      if (like.icuRules !== null && serverVersionNum >= 160000) {
        options.push(`icu_rules ${quoteLiteral(like.icuRules)}`);
      }
    } else if (serverVersionNum >= 170000 && like.localeProvider === 'b') {
      options.push('locale_provider builtin');
      if (like.locale !== null) options.push(`builtin_locale ${quoteLiteral(like.locale)}`);
    } else if (serverVersionNum >= 150000) {
      options.push('locale_provider libc');
    }
    await client.query(`create database ${quoteIdentifier(name)} with ${options.join(' ')}`);
    // Its objects get their owners before it is whole, and these could meddle.
    await client.query(`revoke connect on database ${quoteIdentifier(name)} from public`);
  });
}

/**
 * Drops a database. Not being there is a success.
 * @param options.force whether connections to it are ended; without, the server refuses while there are any. Default: true
 */
export async function dropDatabase(
  target: ConnectionTarget,
  name: string,
  { force = true }: { force?: boolean } = {},
): Promise<void> {
  await withClient(target, async (client) => {
    await client.query(`drop database if exists ${quoteIdentifier(name)}${force ? ' with (force)' : ''}`);
  });
}

/** @param record what else happens in the same transaction, after it */
export async function renameDatabase(
  target: ConnectionTarget,
  from: string,
  to: string,
  record: (connection: StatementRunner) => Promise<void>,
): Promise<void> {
  await withClient(target, async (client) => {
    // All of them are ours: a pooler keeps connections that we have closed.
    await client.query(
      `select pg_catalog.pg_terminate_backend(pid, ${leaveLimitMs}) from pg_catalog.pg_stat_activity
        where datname = $1 and usename = current_user and pid <> pg_catalog.pg_backend_pid()`,
      [from],
    );
    await client.query(
      `begin; set local synchronous_commit = on; set local idle_in_transaction_session_timeout = ${pausedAtMostMs}`,
    );
    await client.query(`alter database ${quoteIdentifier(from)} rename to ${quoteIdentifier(to)}`);
    await record({
      query: async (text, values) => (await client.query(text, values)).rows as readonly unknown[],
    });
    await client.query('commit');
  });
}

export interface StatementRunner {
  query(text: string, values: unknown[]): Promise<readonly unknown[]>;
}

/** Others may wait for what the transaction has locked. */
const pausedAtMostMs = 30_000;
/** How long a connection that was ended may take to go. */
const leaveLimitMs = 5_000;

async function withClient(
  target: ConnectionTarget,
  work: (client: Awaited<ReturnType<typeof openClient>>, serverVersionNum: number) => Promise<void>,
): Promise<void> {
  const client = await openClient(target, { applicationName: 'holdfast restore' });
  try {
    await work(client, await serverVersionNum(client));
  } finally {
    await client.end().catch(() => {});
  }
}
