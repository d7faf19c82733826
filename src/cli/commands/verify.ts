import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .argument('<id>', 'of a completed backup', positiveInteger)
    .summary('prove that all of a backup is there')
    .description(
      'Reads a backup again from the store and checks every piece of it against its hash, and every table against its\nnumber of rows. Your tables are not touched.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast verify 12', 'exit code 0: all of it is there; 7: something is missing or damaged'],
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
            afterCancel: `A verification only reads. Whether all of backup ${id} is there is as unknown as before.`,
          }),
        );
        return { document: { success: true, verification }, text: describeVerification(verification) };
      }),
    );
}
