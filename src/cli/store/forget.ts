import { HoldfastError } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import type { ForgottenStoreAnswer } from '../../api/contract.ts';
import { lostBackups, type LostBackups } from '../../contract/store.ts';
import { lostBackupsSentence } from '../../contract/store-words.ts';
import { runnable } from '../command-name.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { withApi } from '../system.ts';
import { confirmTyped } from '../terminal/confirm.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { green, yellow } from '../terminal/style.ts';
import { localTime } from '../terminal/units.ts';

export async function forgetStore(invocation: Invocation, name: string, confirmed: boolean): Promise<Answer> {
  return await withApi(invocation, async (api) => {
    let answer: ForgottenStoreAnswer;
    try {
      answer = await api.forgetStore(name, { force: confirmed });
    } catch (error) {
      const lost = onlyThere(asHoldfastError(error));
      if (!lost) throw error;
      const message = `${lostBackupsSentence(name, lost, localTime)}\nThe catalog would forget ${lost.backups.length === 1 ? 'it' : 'them'}. What is in the store stays there.`;
      await confirmTyped(invocation, { message, expected: name });
      answer = await api.forgetStore(name, { force: true });
    }
    const moved =
      answer.moved.length === 0 ? '' : ` ${counted(answer.moved.length, 'backup')} at home elsewhere now.`;
    const deleted =
      answer.deleted.length === 0
        ? ''
        : ` ${counted(answer.deleted.length, 'run')} taken out of the catalog.`;
    const lost = answer.lost === null ? '' : `\n${yellow('!')} ${lostThen(name, answer.lost)}`;
    return {
      document: answer,
      text: `${green('✓')} The store ${name} is forgotten.${moved}${deleted}${lost}`,
    };
  });
}

function onlyThere({ code, details }: HoldfastError): LostBackups | undefined {
  const found = lostBackups.safeParse(details);
  return code === 'INVALID_REQUEST' && found.success ? found.data : undefined;
}

function lostThen(name: string, lost: LostBackups): string {
  return `${lostBackupsSentence(name, lost, localTime)} ${runnable(`With the store configured, holdfast store import ${name} finds what is still there.`)}`;
}
