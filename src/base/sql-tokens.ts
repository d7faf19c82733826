import { unquoted } from './quoted-name.ts';

/**
 * A comment, a quoted name, a text (with backslashes where an E is before it), a body in dollars, a word, `::`, or one other
 * character. A dollar inside of a word belongs to the word, as for PostgreSQL.
 */
const token =
  /--[^\n]*|\/\*[^]*?\*\/|"(?:[^"]|"")*"|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|\$(\w*)\$[^]*?\$\1\$|[\w$\u{80}-\u{10ffff}]+|::|[^]/gu;

/** The tokens of a statement of pg_dump; joined they are the statement. */
export function sqlTokens(sql: string): string[] {
  return [...sql.matchAll(token)].map(([text]) => text);
}

/** Whether a token is a name, or a keyword. */
export const isName = (text: string): boolean =>
  /^(?:"|[A-Za-z_\u{80}-\u{10ffff}])/u.test(text) && !isText(text);

export const isText = (text: string): boolean => /^[eE]?'/.test(text);

/** Whether a token says nothing. */
export const isBlank = (text: string): boolean => /^(?:\s|--|\/\*)/.test(text);

/** What a text without backslashes says. */
export function textOf(text: string): string {
  return text.slice(1, -1).replaceAll("''", "'");
}

/** Whether a text before `::` and this word names a relation or a type. */
export const isNaming = (type: string | undefined): boolean => type === 'regclass' || type === 'regtype';

/** Equal for statements that say the same, however their names are quoted and their lines are broken. */
export function meaningOf(sql: string): string {
  const tokens = sqlTokens(sql).filter((text) => !isBlank(text));
  return JSON.stringify(
    tokens.map((text, at) => {
      if (isName(text)) return unquoted(text);
      const names = isText(text) && tokens[at + 1] === '::' && isNaming(tokens[at + 2]);
      return names ? sqlTokens(textOf(text)).map(unquoted) : text;
    }),
  );
}
