import assert from 'node:assert/strict';
import test from 'node:test';
import { toCsv } from '../../web/src/format/csv.ts';

const columns = [
  { header: 'id', value: (row: { id: number }) => row.id },
  { header: 'note', value: (row: { note: string | null }) => row.note },
];

function noteAs(note: string | null): string {
  return toCsv(columns, [{ id: 7, note }]).slice('\uFEFFid,note\r\n7,'.length, -'\r\n'.length);
}

test('a header, a line a row, a mark that says UTF-8', () => {
  assert.equal(toCsv(columns, []), '\uFEFFid,note\r\n');
  assert.equal(
    toCsv(columns, [
      { id: 1, note: 'a' },
      { id: 2, note: null },
    ]),
    '\uFEFFid,note\r\n1,a\r\n2,\r\n',
  );
});

test('what would end a cell is quoted', () => {
  assert.equal(noteAs('a,b'), '"a,b"');
  assert.equal(noteAs('say "hi"'), '"say ""hi"""');
  assert.equal(noteAs('two\nlines'), '"two\nlines"');
  assert.equal(noteAs('plain'), 'plain');
  assert.equal(noteAs('-1.50'), '-1.50');
  assert.equal(noteAs('-1+2'), "'-1+2");
});

test('what a spreadsheet would run is text', () => {
  assert.equal(noteAs('=1+1'), "'=1+1");
  assert.equal(noteAs('@SUM(A1)'), "'@SUM(A1)");
  assert.equal(noteAs('+49 30'), "'+49 30");
  assert.equal(noteAs('-1'), '-1', 'a number runs nothing');
  assert.equal(noteAs('-1-1'), "'-1-1");
  assert.equal(noteAs('\tx'), "'\tx");
  for (const sign of '=+-@＝＋－＠﹦﹢﹣﹫−') {
    for (const before of [
      '',
      ' ',
      '  ',
      '\t',
      '\r',
      '\n',
      '\u00a0',
      '\u3000',
      '\u200b',
      '\ufeff',
      '\u0000',
      ' \t "',
      "'",
    ]) {
      const cell = noteAs(`${before}${sign}cmd|'/c calc'!A1`);
      assert.match(cell, /^"?'/, JSON.stringify(before + sign));
    }
  }
  for (const plain of ['a=b', '1+1', 'before the migration', '  two', 'a@b'])
    assert.equal(noteAs(plain), plain);
  assert.equal(noteAs('=HYPERLINK("http://x","y")'), `"'=HYPERLINK(""http://x"",""y"")"`);
});
