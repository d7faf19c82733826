import type { Command } from 'commander';
import { addAloneOptions, namedBackup, type AloneOptions } from '../alone/options.ts';
import { backupName } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .argument('[id]', 'of a completed backup; with --store a uuid or latest', backupName)
    .summary('read a whole backup and check it')
    .description(
      'Reads a backup again from the store and compares every chunk with its hash, and every table with its\nnumber of rows. It does not read or change your tables.',
    );
  addAloneOptions(command)
    .option('--in <store>', 'the copy in this store, by its name (default: where the backup is at home)')
    .addHelpText(
      'after',
      examples([
        ['holdfast verify 12', 'exit code 0: complete; 7: data is missing or damaged'],
        ['holdfast verify 12 --quiet --json', 'the same in a script'],
        ['holdfast verify 12 --in offsite', 'its copy there'],
        [
          'holdfast verify latest --store s3://bucket/shop --identity recovery.key',
          'of a store, without the database',
        ],
      ]),
    )
    .action(
      action<AloneOptions & { in?: string }>(async (invocation, options, [text]) => {
        const backup = namedBackup('verify', text, options);
        if ('alone' in backup) {
          const { verify } = await import('../alone/verify.ts');
          return await verify(invocation, backup.store, backup.alone, options);
        }
        const [{ withApi }, { follow }, { openedBy }, { describeVerification }] = await Promise.all([
          import('../system.ts'),
          import('../follow.ts'),
          import('../key-file.ts'),
          import('../describe/verification.ts'),
        ]);
        const { id } = backup;
        const opener = await openedBy(options);
        const verification = await withApi(invocation, (api) =>
          follow(invocation, {
            noun: 'Verification',
            start: () =>
              api.verifyBackup(id, { ...opener, ...(options.in === undefined ? {} : { store: options.in }) }),
            wait: (run, onProgress) => api.waitForVerification(run, { onProgress }),
            cancel: (run) => api.cancelVerification(run),
            afterCancel: `A verification only reads. Whether backup ${id} is complete is still unknown.`,
          }),
        );
        return { document: { success: true, verification }, text: describeVerification(verification) };
      }),
    );
}
