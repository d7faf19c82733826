import type { BackupApi, InitAnswer } from '../api/contract.ts';
import { runnable } from './command-name.ts';
import type { Answer, Invocation } from './invocation.ts';
import { remark } from './terminal/output.ts';
import { green } from './terminal/style.ts';
import { printable } from './terminal/text.ts';

/** Says which tables it creates, and where, before it does. */
export async function initialize(api: BackupApi, invocation: Invocation): Promise<Answer> {
  const { database, initialized, tables } = await api.planInit();
  const name = printable(database.name);
  if (!initialized) {
    remark(invocation, `Creating or upgrading these tables in database ${name}, and nothing else:`);
    remark(invocation, listed(tables));
  }
  const answer = await api.init();
  return { document: { ...answer, database }, text: described(answer, name, !initialized) };
}

function described({ tables }: InitAnswer, name: string, made: boolean): string {
  if (!made)
    return `${green('✓')} Database ${name} was set up already, with these tables:\n${listed(tables)}`;
  return `${green('✓')} Database ${name} is set up.\n${runnable('Take a first backup with: holdfast backup')}`;
}

function listed(tables: readonly string[]): string {
  return tables.map((table) => `  ${printable(table)}`).join('\n');
}
