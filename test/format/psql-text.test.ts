import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { copyText } from '../../src/format/copy-text.ts';
import { psqlText } from '../../src/format/psql-text.ts';

const accepted: [what: string, sql: string, written?: string][] = [
  ['nothing', ''],
  ['a remark alone', '-- a remark with a \\! in it\n'],
  ['two statements', 'create table t (a int);\nalter table t owner to "me";'],
  ['a quoted name with everything in it', `create table "a\n\\! touch "";'" (b int);`],
  ['a function body', `create function f() returns text language sql as $_$ select $$\\! it's$$ $_$;`],
  ['a body in SQL', 'create function f() returns int language sql begin atomic select 1; select 2; end;'],
  ['escapes', `comment on table t is E'it\\'s \\\\ \\! \\n';`],
  ['an unfinished quote in a comment', `select 1 /* it's /* nested */ \\! */;`],
  ['a name with a dollar sign', `select a$b$ from t;`],
  ['parameters and numbers', 'prepare p as select $1, 1.5e10, 0x1F, 1_000, t.a[1:2];'],
  ['names in Unicode', `select U&"d\\0061t" , 'ünï', "ünï";`],
  ['backslashes in a plain string', `select 'C:\\';`, `select  E'C:\\\\';`],
  ['a doubled quote after a backslash', `select '\\''', 'x';`, `select  E'\\\\''', 'x';`],
  ['a type before a string', `select date'\\' ;`, `select date E'\\\\' ;`],
];
for (const [what, sql, written = sql] of accepted) {
  test(`psql text: ${what} is written as it is meant`, () => {
    assert.equal(psqlText(sql, 'it'), written);
  });
}

const refused: [what: string, sql: string][] = [
  ['a command', '\\! touch /tmp/x'],
  ['a command after a statement', 'select 1; \\! touch /tmp/x'],
  ['a command on a line of its own', 'select 1;\n\\! touch /tmp/x\n;'],
  ['a command instead of a semicolon', 'select 1 \\g |touch'],
  ['a command after a quote with a backslash before it', `select 'a\\' \\! touch ';`],
  ['a command after a comment that ends early', 'select /* a */ \\! touch */;'],
  ['a command after a carriage return in a comment', 'select 1; -- a\r\\! touch'],
  ['a quote without end', `select 'a;`],
  ['a name without end', `select "a;`],
  ['a dollar quote without end', 'select $a$ a $b$;'],
  ['a comment without end', 'select 1; /* /* */'],
  ['a string with escapes without end', `select E'a\\';`],
  ['a statement without end', 'create table t (a int)'],
  ['a parenthesis without end', 'create table t (a int;'],
  ['a parenthesis too many', 'create table t (a int));('],
  ['NUL, where psql ends the line', `select '\0';`],
  ['a dollar quote that some read as a name', 'select 0x1F$a$ ; $a$;'],
  ['a space that is a letter to psql', `select a\u00a0E'\\' \\! touch ';`],
];
for (const [what, sql] of refused) {
  test(`psql text: ${what} is refused`, () => {
    assert.throws(
      () => psqlText(sql, 'FUNCTION public.f'),
      (error) =>
        error instanceof HoldfastError &&
        error.code === 'MANIFEST_INVALID' &&
        /FUNCTION public\.f/.test(error.message),
    );
  });
}

test('COPY text is followed across every cut', () => {
  const good = Buffer.from('a\tb\\\\.\n\\\\.\n\\N\t.\n.\n');
  const bad = ['\\.\nselect 1;\n', 'a\n\\.\n', 'a\n\\.\r\nb\n', 'a', 'a\nb'];
  const follow = (bytes: Buffer, size: number): void => {
    const copy = copyText('public.t');
    for (let at = 0; at < bytes.length; at += size) copy.follow(bytes.subarray(at, at + size));
    copy.end();
  };
  for (const size of [1, 2, 3, 4, 100]) {
    follow(good, size);
    for (const text of bad) {
      assert.throws(() => follow(Buffer.from(text), size), { code: 'CHUNK_CORRUPT' }, `${size} ${text}`);
    }
  }
});
