/**
 * Names of tables in an address. A few are in the address itself, so that a link can be shared. Servers and proxies refuse
 * addresses of more than a few kilobytes, so a longer list is kept in this tab, and the address has its key.
 */
const inAddressAtMost = { names: 20, characters: 1_000 };
const keptAtMost = 20;
const storagePrefix = 'holdfast-tables-';

/** Lists kept in memory, for browsers without storage. */
const kept = new Map<string, string[]>();

/** Adds the names under `name`, or the key of the list under `${name}-list`. */
export function writeNames(query: URLSearchParams, name: string, names: readonly string[]): void {
  const characters = names.reduce((sum, each) => sum + each.length, 0);
  if (names.length <= inAddressAtMost.names && characters <= inAddressAtMost.characters) {
    for (const each of names) query.append(name, each);
  } else query.set(`${name}-list`, keep(names));
}

/** Null when the address has none; empty when it has the key of a list that is not here. */
export function readNames(query: URLSearchParams, name: string): string[] | null {
  const key = query.get(`${name}-list`);
  if (key !== null) return kept.get(key) ?? stored(key) ?? [];
  return query.has(name) ? query.getAll(name) : null;
}

/** The same list has the same key, so that navigating adds no copies. */
function keep(names: readonly string[]): string {
  const text = JSON.stringify(names);
  const key = hashOf(text);
  if (kept.has(key)) return key;
  for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size + 1 - keptAtMost))) forget(oldest);
  kept.set(key, [...names]);
  try {
    sessionStorage.setItem(storagePrefix + key, text);
  } catch {
    // Without storage the list lasts as long as the page.
  }
  return key;
}

function forget(key: string): void {
  kept.delete(key);
  try {
    sessionStorage.removeItem(storagePrefix + key);
  } catch {
    // No storage, so no list.
  }
}

function stored(key: string): string[] | undefined {
  try {
    const text = sessionStorage.getItem(storagePrefix + key);
    if (text === null) return undefined;
    const names = JSON.parse(text) as string[];
    kept.set(key, names);
    return names;
  } catch {
    return undefined;
  }
}

/** 53 bits of the text: enough to tell the lists of one tab apart. */
function hashOf(text: string): string {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 0x5bd1e995);
    low = Math.imul(low ^ code, 0x1b873593);
  }
  high = Math.imul(high ^ (high >>> 15), 0x2c1b3c6d) ^ low;
  return ((high >>> 0) * 2 ** 21 + (low >>> 11)).toString(36);
}
