import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .argument('<id>', 'of a completed backup', positiveInteger)
    .summary('read a whole backup and check it')
    .description(
      'Reads a backup again from the store and compares every chunk with its hash, and every table with its\nnumber of rows. It does not read or change your tables.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast verify 12', 'exit code 0: complete; 7: data is missing or damaged'],
        ['holdfast verify 12 --quiet --json', 'the same in a script'],
      ]),
    )
    .action(
      action(async (invocation, _options, [text]) => {
        const [{ withApi }, { follow }, { describeVerification }] = await Promise.all([
          import('../system.ts'),
          import('../follow.ts'),
          import('../describe/verification.ts'),
        ]);
        const id = Number(text);
        const verification = await withApi(invocation, (api) =>
          follow(invocation, {
            noun: 'Verification',
            start: () => api.verifyBackup(id),
            wait: (run, onProgress) => api.waitForVerification(run, { onProgress }),
            cancel: (run) => api.cancelVerification(run),
            afterCancel: `A verification only reads. Whether backup ${id} is complete is still unknown.`,
          }),
        );
        return { document: { success: true, verification }, text: describeVerification(verification) };
      }),
    );
}
