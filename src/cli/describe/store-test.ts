import type { StoreSelfTest } from '../../api/contract.ts';
import { bytes } from '../../base/units.ts';
import { bold, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';

export function describeStoreTest(test: StoreSelfTest): string {
  const { steps, speed, error } = test;
  const signs = new Map([
    [true, green('✓')],
    [false, red('✗')],
    [null, yellow('?')],
  ]);
  const lines = steps.map(({ action, allowed, tookMs, refusal }) => {
    const said = allowed === null ? 'not tried' : allowed ? `allowed, ${tookMs} ms` : `refused: ${refusal}`;
    return `${signs.get(allowed)} ${action}: ${printable(said)}`;
  });
  if (speed) {
    const { objectBytes, putMs, getMs } = speed;
    lines.push(
      `  an object of ${bytes(objectBytes)}: written in ${putMs} ms (${rate(objectBytes, putMs)}), read in ${getMs} ms (${rate(objectBytes, getMs)})`,
    );
  }
  if (test.conditionalPuts === false) {
    lines.push(
      `${yellow('!')} competing writes: the place does not decide all of them itself; docs/STORES.md says what each kind does`,
    );
  }
  if (test.lock) {
    const { mode, holds, bypassed } = test.lock;
    const ended = bypassed ? ', but these credentials may end it' : '';
    lines.push(
      `${holds && !bypassed ? green('✓') : yellow('!')} a locked object (${mode}) ${holds ? `could not be deleted${ended}` : 'was deleted'}`,
    );
  }
  lines.push(...test.notes.map((note) => `${yellow('!')} ${note}`));
  if (test.leftBehind !== null) {
    lines.push(`${yellow('!')} ${test.leftBehind} stays in the store: it may not be deleted`);
  }
  if (error) {
    const hint = error.hint === undefined ? '' : `\n    ${printable(error.hint)}`;
    lines.push(`${red('✗')} Backups cannot be kept there: ${printable(error.message)}${hint}`);
  }
  if (test.thief.length > 0) {
    lines.push(
      '',
      bold('With these credentials, a thief could:'),
      ...test.thief.map((each) => `  - ${each}`),
    );
  }
  return lines.join('\n');
}

/** `12.3 MB/s` */
function rate(objectBytes: number, tookMs: number): string {
  return `${bytes(Math.round((objectBytes * 1_000) / Math.max(tookMs, 1)))}/s`;
}
