// Wide in a terminal: CJK and most emoji.
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
let segmenter: Intl.Segmenter | undefined;

/** What a reader sees as one character each. */
function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

// oxlint-disable-next-line no-control-regex -- the escape character begins a colour sequence
const escapeSequence = /\u001b\[[0-9;]*m/g;

/** Columns a text takes in a terminal; colour sequences take none. */
export function width(text: string): number {
  const visible = text.replace(escapeSequence, '');
  // The usual case, without the data that a segmenter loads.
  if (/^[ -~]*$/.test(visible)) return visible.length;
  let columns = 0;
  for (const { segment } of segmentsOf(visible)) {
    columns += wide.test(segment) ? 2 : 1;
  }
  return columns;
}

/** Cut to this number of columns, with `…` where text was removed. For text without colours. */
export function fitted(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let result = '';
  let used = 0;
  for (const { segment } of segmentsOf(text)) {
    used += wide.test(segment) ? 2 : 1;
    if (used > columns - 1) break;
    result += segment;
  }
  return `${result}…`;
}

/** Names and descriptions come out of a database: what would steer the terminal is shown, not obeyed. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    character === '\n'
      ? '\\n'
      : character === '\t'
        ? '\\t'
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Breaks at spaces, at most `columns` wide; the first line is not indented, the others are. */
export function wrapped(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && width(line) + 1 + width(word) > columns) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.join(`\n${indent}`);
}
