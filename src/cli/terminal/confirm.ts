import { createInterface } from 'node:readline';
import { HoldfastError } from '../../base/errors.ts';
import type { Invocation } from '../invocation.ts';
import { onStderr } from './style.ts';

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
    throw new HoldfastError('INVALID_REQUEST', `${question.message} There is no terminal to confirm it.`, {
      hint: 'Add --yes to confirm it on the command line.',
    });
  }
  const answer = await ask(`${question.message}\nType ${onStderr.bold(question.expected)} to continue: `);
  if (answer?.trim() !== question.expected) {
    throw new HoldfastError('CANCELLED', 'Not confirmed; nothing was changed.', { hint: '' });
  }
}

/** What was typed; null when the terminal was closed, or Ctrl-C or Ctrl-D pressed. */
function ask(text: string): Promise<string | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    let answered = false;
    terminal.once('close', () => {
      if (!answered) process.stderr.write('\n');
      resolve(null);
    });
    terminal.once('SIGINT', () => terminal.close());
    terminal.question(text, (answer) => {
      answered = true;
      resolve(answer);
      terminal.close();
    });
  });
}
