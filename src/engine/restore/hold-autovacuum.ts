import type { ManifestTable } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';

/** A smaller table is analyzed sooner than it is altered twice. */
const worthwhileBytes = 1024 * 1024;
/** In one transaction, which keeps a lock on each until its end. */
const tablesAtOnce = 100;

interface Held {
  name: string;
  options: string[];
}

/**
 * Keeps autovacuum away from the larger tables of a new database until they are complete. It would analyze them as soon as
 * they have rows, which takes a processor from the load, and an index or a constraint that comes meanwhile waits for a second and
 * then has it begin anew. Its options are off meanwhile; a table that has them set itself is left alone.
 */
export async function holdAutovacuum(
  session: Session,
  tables: readonly ManifestTable[],
): Promise<{ resume(): Promise<void> }> {
  const names = tables
    .filter(({ kind, rawBytes }) => kind === 'table' && rawBytes >= worthwhileBytes)
    .map(quoteName);
  const held = names.length === 0 ? [] : await readHeld(session, names);
  await alterEach(
    session,
    held,
    ({ options }) => `set (${options.map((each) => `${each} = off`).join(', ')})`,
  );
  return {
    resume: () => alterEach(session, held, ({ options }) => `reset (${options.join(', ')})`),
  };
}

/** What can be switched off: what a table does not set itself. */
async function readHeld(session: Session, names: readonly string[]): Promise<Held[]> {
  const rows = await session.query<{ name: string; own: string[]; toast: string[] | null }>(
    `select x.name, coalesce(c.reloptions, '{}') as own,
      case when t.oid is not null then coalesce(t.reloptions, '{}') end as toast
    from pg_catalog.unnest($1::pg_catalog.text[]) x(name)
      join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(x.name)
      left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
    where c.relkind = 'r'`,
    [names],
  );
  return rows
    .map(({ name, own, toast }) => ({
      name,
      options: [
        ...(isSet(own) ? [] : ['autovacuum_enabled']),
        ...(toast === null || isSet(toast) ? [] : ['toast.autovacuum_enabled']),
      ],
    }))
    .filter(({ options }) => options.length > 0);
}

function isSet(options: readonly string[]): boolean {
  return options.some((each) => each.startsWith('autovacuum_enabled='));
}

async function alterEach(
  session: Session,
  held: readonly Held[],
  action: (held: Held) => string,
): Promise<void> {
  for (let at = 0; at < held.length; at += tablesAtOnce) {
    const group = held.slice(at, at + tablesAtOnce);
    await session.execute(group.map((each) => `alter table only ${each.name} ${action(each)}`).join('; '));
  }
}
