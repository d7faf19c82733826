/** Lines for the configuration of Holdfast that protect a database. Pure. */

/** Of a server as the API names it, `host:port` or the folder of a socket, without the user and the password. */
interface Place {
  server: string;
  database: string;
}

export interface NamedPlace extends Place {
  name: string;
}

const longestName = 40;
const plainName = /^[a-z0-9][a-z0-9_-]{0,39}$/;

/** Whether `databases` takes the name: one that a rule has found may be any. */
export function isPlain(name: string): boolean {
  return plainName.test(name);
}

/** Gives each database a name that `databases` takes and that no other has. */
export function named(places: readonly Place[], taken: readonly string[]): NamedPlace[] {
  const used = new Set(taken);
  return places.map((place) => {
    const plain = place.database
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]+/g, '-')
      .replace(/^[_-]+/, '')
      .slice(0, longestName);
    const base = plain === '' ? 'database' : plain;
    let name = base;
    for (let count = 2; used.has(name); count++) {
      const end = `-${count}`;
      name = base.slice(0, longestName - end.length) + end;
    }
    used.add(name);
    return { ...place, name };
  });
}

/** A connection string with USER and PASSWORD to be filled in. */
export function addressFor({ server, database }: Place): string {
  const path = encodeURIComponent(database);
  if (server.startsWith('/')) return `postgres://USER:PASSWORD@/${path}?host=${encodeURIComponent(server)}`;
  const [, host = server, port = ''] = /^(.*)(:\d+)$/.exec(server) ?? [];
  return `postgres://USER:PASSWORD@${host.includes(':') ? `[${host}]` : host}${port}/${path}`;
}

/** For `databases` of createBackupSystem. */
export function optionLines(places: readonly NamedPlace[]): string {
  return places.map((place) => `${key(place.name)}: ${quoted(addressFor(place))},`).join('\n');
}

/** The variable, with all that it has to name. */
export function variableLine(places: readonly NamedPlace[]): string {
  return `HOLDFAST_DATABASES="${places.map((place) => `${place.name}=${addressFor(place)}`).join(' ')}"`;
}

/** A rule that finds again what a rule has found. */
export function ruleLine({ server, database }: Place): string {
  const address = addressFor({ server, database: 'postgres' });
  return `enrol: { server: ${quoted(address)}, include: [${quoted(database)}] },`;
}

const key = (name: string): string => (/^[a-z_]\w*$/.test(name) ? name : quoted(name));

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
