import { Option, type Command } from 'commander';
import { verificationLevels, type VerificationLevel } from '../../contract/states.ts';
import { addAloneOptions, namedBackup, usage, type AloneOptions } from '../alone/options.ts';
import { backupName, percentage } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

/** How much is read. */
export interface ProofFlags {
  level: VerificationLevel;
  /** 0 to 1. */
  share?: number;
}

type VerifyFlags = { in?: string } & (ProofFlags | { level: 'drill' });

function isDrill<T extends VerifyFlags>(options: T): options is T & { level: 'drill' } {
  return options.level === 'drill';
}

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .argument('[id]', 'of a completed backup; with --store a uuid or latest', backupName)
    .summary('read a backup again and check it')
    .description(
      'Reads a backup again from the store and says what that proves. It does not read or change your tables.\n' +
        'Levels: presence (everything is there, nothing is read), checksum (the stored bytes are those that were\n' +
        'written), content (every chunk unpacks to what its name says, every table has its rows), drill (the same as\n' +
        'holdfast drill: it is restored and compared).',
    );
  addAloneOptions(command)
    .addOption(
      new Option('--level <level>', 'how much is read; only content needs a key')
        .choices([...verificationLevels, 'drill'])
        .default('content'),
    )
    .option(
      '--share <percent>',
      'with --level checksum: read this share of the chunks, chosen at random',
      percentage,
    )
    .option('--in <store>', 'the copy in this store, by its name (default: where the backup is at home)')
    .addHelpText(
      'after',
      examples([
        ['holdfast verify 12', 'exit code 0: complete; 7: data is missing or damaged'],
        ['holdfast verify 12 --level checksum', 'without unpacking anything, and without a key'],
        ['holdfast verify 12 --quiet --json', 'the same in a script'],
        ['holdfast verify 12 --in offsite', 'its copy there'],
        [
          'holdfast verify latest --store s3://bucket/shop --identity recovery.key',
          'of a store, without the database',
        ],
      ]),
    )
    .action(
      action<AloneOptions & VerifyFlags>(async (invocation, options, [text]) => {
        if (isDrill(options)) {
          const { drill } = await import('../drill.ts');
          return await drill(invocation, text, options);
        }
        if (options.share !== undefined && options.level !== 'checksum') {
          throw usage('verify', 'A share of the chunks can be read with --level checksum alone.');
        }
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
        const { level, share } = options;
        const opener = await openedBy(options);
        const verification = await withApi(invocation, (api) =>
          follow(invocation, {
            noun: 'Verification',
            start: () => api.verifyBackup(id, { ...opener, level, share, store: options.in }),
            wait: (run, onProgress) => api.waitForVerification(run, { onProgress }),
            cancel: (run) => api.cancelVerification(run),
            afterCancel: `A verification only reads. Whether backup ${id} is whole is still unknown.`,
          }),
        );
        return { document: { success: true, verification }, text: describeVerification(verification) };
      }),
    );
}
