/** What a pg_dump that succeeded gives. */
export interface DumpOutput {
  archive: Uint8Array;
  /** What it wrote on its standard error, line by line. */
  messages: readonly string[];
}

const longestText = 2000;
/** A line of pg_dump's own: the level, and what it says. Other lines continue one. */
const ownLine = /^\S*pg_dump(?:\.\w+)?: (?:(error|warning|detail|hint): )?(.*)$/s;

/** The beginning of a server message that libpq itself prints. */
const serverNotice = /^(?:NOTICE|WARNING|INFO|LOG|DEBUG\d?): /;

/**
 * pg_dump's complaints out of what it printed: the lines of its errors, details and hints with those that
 * continue them, without the program's name. Queries it quotes are left out.
 */
export function errorLines(lines: readonly string[]): string {
  const kept: string[] = [];
  let keeping = false;
  for (const line of lines) {
    const [own, level, said = ''] = ownLine.exec(line) ?? [];
    if (own !== undefined)
      keeping = level !== undefined && level !== 'warning' && !/^(?:Query|Command) was: /.test(said);
    if (keeping) kept.push(own === undefined ? line : said);
  }
  const text = kept.join('\n').trim();
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/**
 * Everything pg_dump printed, message by message, each with its details and hints and without the program's name. A
 * notice of the server is a message of its own.
 */
export function printedMessages(lines: readonly string[]): string[] {
  const messages: string[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const [own, level, said = ''] = ownLine.exec(line) ?? [];
    const last = messages.length - 1;
    const continues = own === undefined ? !serverNotice.test(line) : level === 'detail' || level === 'hint';
    const text = own === undefined ? line : said;
    if (continues && last >= 0) messages[last] += `\n${text}`;
    else messages.push(text);
  }
  return messages;
}
