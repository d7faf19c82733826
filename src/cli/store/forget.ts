import { HoldfastError } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import type { ForgottenStoreAnswer } from '../../api/contract.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { withApi } from '../system.ts';
import { confirmTyped } from '../terminal/confirm.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { green } from '../terminal/style.ts';

export async function forgetStore(invocation: Invocation, name: string, confirmed: boolean): Promise<Answer> {
  return await withApi(invocation, async (api) => {
    let answer: ForgottenStoreAnswer;
    try {
      answer = await api.forgetStore(name, { force: confirmed });
    } catch (error) {
      const lost = onlyThere(asHoldfastError(error));
      if (!lost) throw error;
      const message = `The store ${name} has ${counted(lost.length, 'backup')} that nothing else has: ${lost.join(', ')}.\nThe catalog would forget them. What is in the store stays there.`;
      await confirmTyped(invocation, { message, expected: name });
      answer = await api.forgetStore(name, { force: true });
    }
    const moved =
      answer.moved.length === 0 ? '' : ` ${counted(answer.moved.length, 'backup')} at home elsewhere now.`;
    const deleted =
      answer.deleted.length === 0
        ? ''
        : ` ${counted(answer.deleted.length, 'run')} taken out of the catalog.`;
    return { document: answer, text: `${green('✓')} The store ${name} is forgotten.${moved}${deleted}` };
  });
}

function onlyThere({ code, details }: HoldfastError): number[] | undefined {
  const backups: unknown = details?.['backups'];
  return code === 'INVALID_REQUEST' && Array.isArray(backups) ? backups.map(Number) : undefined;
}
