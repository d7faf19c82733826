import { testStoreAt, type StoreSelfTest } from '../../engine/stores/self-test.ts';
import { credentialsFromEnvironment } from '../../environment.ts';
import type { Answer } from '../invocation.ts';
import { bold, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';

/** Tries what the credentials of the environment may do in the place of a store. */
export async function testStore(url: string): Promise<Answer> {
  const tested = await testStoreAt(url, credentialsFromEnvironment(process.env));
  const thief = whatThievesCanDo(tested);
  const signs = new Map([
    [true, green('✓')],
    [false, red('✗')],
    [null, yellow('?')],
  ]);
  const lines = tested.steps.map(({ action, allowed, tookMs, refusal }) => {
    const said = allowed === null ? 'not tried' : allowed ? `allowed, ${tookMs} ms` : `refused: ${refusal}`;
    return `${signs.get(allowed)} ${action}: ${printable(said)}`;
  });
  if (tested.conditionalPuts === false) {
    lines.push(
      `${yellow('!')} competing writes: the place does not decide all of them itself; docs/STORES.md says what each kind does`,
    );
  }
  if (tested.leftBehind !== null) {
    lines.push(`${yellow('!')} ${tested.leftBehind} stays in the store: it may not be deleted`);
  }
  lines.push('', bold('With these credentials, a thief could:'), ...thief.map((each) => `  - ${each}`));
  return { document: { ...tested, thief }, text: lines.join('\n') };
}

function whatThievesCanDo({ steps }: StoreSelfTest): string[] {
  const may = (action: string): boolean => steps.find((step) => step.action === action)?.allowed === true;
  const can: string[] = [];
  if (may('read'))
    can.push('read what is in the store; backups of an encrypted one tell them nothing without its keys');
  if (may('list')) can.push('see how many backups there are, their times and sizes');
  if (may('write')) can.push('fill the store, and add forged backups; signed stores refuse these');
  if (may('overwrite')) can.push('destroy backups by overwriting them, unless the place keeps old versions');
  if (may('delete')) can.push('delete every backup, unless the place keeps old versions or locks objects');
  return can.length === 0 ? ['do nothing that was tried'] : can;
}
