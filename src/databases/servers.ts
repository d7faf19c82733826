import { openClient, type ConnectionTarget } from '../postgres/connection.ts';

const answerWithinMs = 5_000;

/**
 * Databases that a hosting provider keeps for itself: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_PostgreSQL.html,
 * https://cloud.google.com/sql/docs/postgres/users, https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-servers
 */
const ofProviders = new Set(['rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys']);
/** Ours, which come and go: of a restore that is under way, a drill, a question. */
const temporary = /^holdfast_(?:unfinished_[0-9a-f]{8}_|(?:drill|query)_[0-9a-f]{16}$)/;

/**
 * The databases of a server one can connect to, and those of them that hold data of an application, as far as their names tell: no
 * templates, nothing of ours or of a provider, and not `postgres`, which tools connect to.
 * @param options.ownOnly of the latter only those whose owner our role is, or can act as. Default: false
 * @throws DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION
 */
export async function databasesOn(
  target: ConnectionTarget,
  { ownOnly = false }: { ownOnly?: boolean } = {},
): Promise<{ all: string[]; ofApplications: string[] }> {
  const client = await openClient(target, {
    applicationName: 'holdfast databases',
    connectTimeoutMs: answerWithinMs,
  });
  try {
    const { rows } = await client.query<{ name: string; template: boolean; own: boolean }>(
      `select datname::pg_catalog.text as name, datistemplate as template,
         pg_catalog.pg_has_role(datdba, 'MEMBER') as own
         from pg_catalog.pg_database
        where datallowconn order by 1`,
    );
    const ofApplication = ({ name, template, own }: (typeof rows)[number]): boolean =>
      !template &&
      (own || !ownOnly) &&
      name !== 'postgres' &&
      !ofProviders.has(name) &&
      !temporary.test(name);
    return {
      all: rows.map(({ name }) => name),
      ofApplications: rows.filter(ofApplication).map(({ name }) => name),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

/** Whether a name is one of the patterns, in which `*` means anything. */
export function matchesAny(name: string, patterns: string | readonly string[] | undefined): boolean {
  return [patterns ?? []].flat().some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
  });
}
