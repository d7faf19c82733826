import { HoldfastError } from '../../base/errors.ts';
import type { Invocation } from '../invocation.ts';

/** Whether there is a person to ask. */
export function canAsk(invocation: Invocation): boolean {
  return !invocation.json && process.stdin.isTTY && process.stderr.isTTY;
}

export interface Question {
  /** What is about to happen. */
  message: string;
  /** What has to be typed. */
  expected: string;
}

/**
 * Asks for a typed confirmation of something that overwrites or deletes.
 * @throws INVALID_REQUEST without a terminal, CANCELLED when the answer is anything else
 */
export async function confirmTyped(invocation: Invocation, question: Question): Promise<void> {
  if (!canAsk(invocation)) {
    throw new HoldfastError('INVALID_REQUEST', `${question.message} Nobody is here to confirm it.`, {
      hint: 'Add --yes to confirm it on the command line.',
    });
  }
  const { text, isCancel } = await import('@clack/prompts');
  const answer = await text({
    message: `${question.message}\nType ${question.expected} to go on.`,
    output: process.stderr,
  });
  if (isCancel(answer) || answer.trim() !== question.expected) {
    throw new HoldfastError('CANCELLED', 'Not confirmed; nothing was changed.', { hint: '' });
  }
}
