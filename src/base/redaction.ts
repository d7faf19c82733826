/** What is in the name of something secret: PGPASSWORD, sslpassword, client_secret, HOLDFAST_TOKEN. */
const secretName = String.raw`(?:(?:password|passwd|passphrase|pwd|secret|token|credential|holdfast_session|(?:api|access|private)[_-]?key)[\w.-]{0,60}|\bpass\b)`;
const header = String.raw`(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-holdfast-csrf`;

/** Strings as SQL, libpq, JSON and shells write them; one that does not end goes to the end of the text. */
const doubleQuoted = String.raw`"(?:[^"\\]|\\[^]|"")*(?:"|\\?$)`;
const singleQuoted = String.raw`'(?:[^'\\]|\\[^]|'')*(?:'|\\?$)`;
/** As Node.js prints a string that has both quotes in it. */
const backquoted = '`(?:[^`\\\\]|\\\\[^])*(?:`|$)';
/** SQL's own, in which a backslash may be the last character. */
const sqlQuoted = String.raw`'(?:[^']|'')*(?:'|$)`;
/** A quoted string in a quoted string, as a connection string in SQL has it. */
const quotedTwice = String.raw`''(?:[^'\\]|\\''|\\[^]|'{4})*''`;
const dollarQuoted = String.raw`\$(?<mark>\w*)\$[^]*?(?:\$\k<mark>\$|$)`;
/** Up to white space, but not to that in quotes or behind a backslash. */
const word = String.raw`(?:${quotedTwice}|${singleQuoted}|${doubleQuoted}|${backquoted}|\\[^]|[^\s"'\x60\\])+`;

const ruleOf = (pattern: string): RegExp => new RegExp(pattern, 'gi');
/** What they find is kept up to the end of the first group. */
const rules: readonly RegExp[] = [
  // All up to the last @, since a password may contain one.
  ruleOf(String.raw`(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/?#"'<>]{0,200}:)[^\s"<>]{0,2000}(?=@)`),
  ruleOf(
    String.raw`((?:${header})["']?\s{0,9}[:=,]\s{0,9})(?!\s*Bearer <token>)(?:\[(?:${singleQuoted}|${doubleQuoted}|${backquoted}|[^\]"'\x60])*\]?|${singleQuoted}|${doubleQuoted}|${backquoted}|[^\r\n]+)`,
  ),
  ruleOf(String.raw`(\b(?:bearer|basic)\s{1,9})[\w.~+/=-]+`),
  // JWT, with its signature or without.
  ruleOf(String.raw`(\bey)J[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?`),
  // Private keys of age, and what else opens or writes in the files of keys.
  ruleOf(String.raw`(\bAGE-SECRET-KEY-)[\w-]+`),
  ruleOf(String.raw`(\bname-?key["']?\s{0,9}[=:]\s{0,9}["']?)[\w+/=-]+`),
  ruleOf(String.raw`(\bsigning-?key["']?\s{0,9}[=:]\s{0,9}["']?)[\w+/=-]+`),
  // "name": "value", and no more of the document.
  ruleOf(String.raw`(${secretName}"\s{0,9}:\s{0,9})${doubleQuoted}`),
  // PASSWORD 'x' of SQL, OPTIONS (password 'x').
  ruleOf(String.raw`(${secretName}["']?\s{1,9})(?:E${singleQuoted}|(?:U&)?${sqlQuoted}|${dollarQuoted})`),
  ruleOf(String.raw`(${secretName}["']?\s{0,9}[=:]\s{0,9})(?!\uE0FF)${word}`),
];

/** Marks what one rule has removed, so that the next does not match it as a value. No text contains it. */
const taken = '\uE0FF';

/** More than any message of ours has. */
const longest = 100_000;

/**
 * Removes what must never be printed: passwords in connection strings and SQL, tokens, cookies, and values whose name says
 * that they are secret. It rather takes too much than too little.
 */
export function redact(text: string): string {
  const shown = (text.length > longest ? `${text.slice(0, longest)} …` : text).replaceAll(taken, '');
  return rules.reduce((rest, rule) => rest.replace(rule, `$1${taken}`), shown).replaceAll(taken, '***');
}
