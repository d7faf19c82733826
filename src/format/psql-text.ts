import { HoldfastError } from '../base/errors.ts';

/**
 * SQL of a manifest as psql reads it. psql divides a script by rules of its own, and outside of strings, quoted names and
 * comments a backslash begins a command of psql, which may run a program. Valid SQL has none there.
 */

/** What a word of psql's may consist of; `$` and digits do not begin a name. */
const word = /[\w$\u0080-\uffff]+/y;
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const space = /[ \t\n\r\f\v]+/y;
const lineComment = /--[^\n\r]*/y;

/**
 * The same statements, in a form that means the same to psql with any settings: a string with backslashes becomes
 * one with escapes.
 * @param origin names the part of the manifest in errors
 * @throws MANIFEST_INVALID for text that is not whole statements, or that psql could take for a command of its own
 */
export function psqlText(sql: string, origin: string): string {
  if (sql.includes('\0')) throw refused(origin, 'it contains NUL');
  let text = '';
  let at = 0;
  let depth = 0;
  let complete = true;
  const take = (end: number): void => {
    text += sql.slice(at, end);
    at = end;
  };
  while (at < sql.length) {
    const skipped =
      endOfMatch(space, sql, at) ?? endOfMatch(lineComment, sql, at) ?? endOfComment(sql, at, origin);
    if (skipped !== undefined) {
      take(skipped);
      continue;
    }
    const character = sql[at]!;
    complete = character === ';' && depth === 0;
    if (character === '\\') throw refused(origin, 'a backslash is outside of every string');
    if (character === "'") {
      const end = endOfQuoted(sql, at, origin);
      const string = sql.slice(at, end);
      text += string.includes('\\') ? ` E${string.replaceAll('\\', '\\\\')}` : string;
      at = end;
    } else if (character === '"') {
      take(endOfQuoted(sql, at, origin));
    } else if (character === '$' && endOfMatch(dollarQuote, sql, at) !== undefined) {
      take(endOfDollarQuoted(sql, at, origin));
    } else if (endOfMatch(word, sql, at) !== undefined) {
      take(endOfWord(sql, at, origin));
    } else {
      if (character === '(') depth += 1;
      if (character === ')') depth -= 1;
      if (depth < 0) throw refused(origin, 'a parenthesis closes that was not opened');
      take(at + 1);
    }
  }
  if (!complete) throw refused(origin, 'its last statement does not end');
  return text;
}

function endOfMatch(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}

/** These comments may be nested. */
function endOfComment(sql: string, start: number, origin: string): number | undefined {
  if (!sql.startsWith('/*', start)) return undefined;
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  for (let depth = 1; ;) {
    const found = mark.exec(sql);
    if (!found) throw refused(origin, 'a comment does not end');
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
}

/** A doubled quote is part of what is quoted. */
function endOfQuoted(sql: string, start: number, origin: string): number {
  const quote = sql[start]!;
  for (let at = start + 1; ; at += 2) {
    at = sql.indexOf(quote, at);
    if (at < 0) throw refused(origin, 'a quote does not end');
    if (sql[at + 1] !== quote) return at + 1;
  }
}

function endOfEscapeString(sql: string, start: number, origin: string): number {
  const mark = /''|'|\\[^]/g;
  mark.lastIndex = start + 1;
  for (;;) {
    const found = mark.exec(sql);
    if (!found) throw refused(origin, 'a string with escapes does not end');
    if (found[0] === "'") return mark.lastIndex;
  }
}

function endOfDollarQuoted(sql: string, start: number, origin: string): number {
  const bodyStart = endOfMatch(dollarQuote, sql, start)!;
  const mark = sql.slice(start, bodyStart);
  const end = sql.indexOf(mark, bodyStart);
  if (end < 0) throw refused(origin, `the quote ${mark} does not end`);
  return end + mark.length;
}

/** A name, keyword, number or parameter, with the string that belongs to it where its letter says how that is read. */
function endOfWord(sql: string, start: number, origin: string): number {
  const end = endOfMatch(word, sql, start)!;
  const name = sql.slice(start, end);
  if (/^(?:\$|\d.*[A-Za-z_$\u0080-\uffff])/.test(name)) {
    // Versions of psql disagree where such a word ends, so nothing may depend on it.
    const plain = /^(?:\$\d+|\d[\d_]*(?:[eE]\d+)?|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)$/.test(name);
    if (!plain || /['"&]/.test(sql[end] ?? '')) throw refused(origin, 'a number runs into what follows it');
    return end;
  }
  if (/^e$/i.test(name) && sql[end] === "'") return endOfEscapeString(sql, end, origin);
  // Backslashes in it are no escapes of psql's, with either kind of quote.
  if (/^u$/i.test(name) && /^&['"]/.test(sql.slice(end, end + 2))) return endOfQuoted(sql, end + 1, origin);
  return end;
}

function refused(origin: string, why: string): HoldfastError {
  return new HoldfastError('MANIFEST_INVALID', `${origin} cannot be written as a script for psql: ${why}.`, {
    hint: 'Holdfast does not write this. Find out who changed the backup, and restore from another one.',
    details: { part: origin },
  });
}
