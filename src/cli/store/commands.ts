import type { Command } from 'commander';
import { percentage, several } from '../arguments.ts';
import { action, examples } from '../invocation.ts';
import type { CreateStoreOptions } from './create.ts';
import type { StoreKeyOptions } from './keys.ts';

export function addCreateCommand(store: Command): void {
  store
    .command('create')
    .argument('<url>', 'where: file:///folder, s3://bucket/prefix, azure:…, sftp:…')
    .option('--recipient <age1…>', 'public key of a recovery key that opens it; may be given again', several)
    .option('--passphrase-file <file>', 'a passphrase opens it too: the first line of this file')
    .option('--writer-key <file>', 'make the store of this writer key (default: HOLDFAST_WRITER_KEY)')
    .option('--out <file>', 'where the writer key of a new encrypted store is written; never replaced')
    .summary('make a store in an empty place')
    .description(
      'Makes a store in an empty folder, bucket or prefix: encrypted to the recipients, or with the keys of a writer key, or else\nnot encrypted. Needs no database. The folder or bucket itself must exist.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast store create s3://backups/shop --writer-key keys/writer.key', 'with keys of `keygen`'],
        [
          'holdfast store create file:///mnt/backups --recipient age1… --out writer.key',
          'with keys of its own, for a recovery key that exists',
        ],
        ['holdfast store create file:///mnt/backups', 'not encrypted'],
      ]),
    )
    .action(
      action<CreateStoreOptions>(async (invocation, options, [url = '']) => {
        const { createStore } = await import('./create.ts');
        return await createStore(invocation, url, options);
      }),
    );
}

/** The options that give what opens a store. */
function withKey(command: Command): Command {
  return command
    .option('--identity <file>', 'the recovery key that opens the store (default: HOLDFAST_IDENTITY)')
    .option('--passphrase-file <file>', 'or the passphrase that opens it: the first line of this file');
}

export function addKeyCommands(store: Command): void {
  const keys = store
    .command('key')
    .summary('what opens an encrypted store')
    .description('Lists what opens an encrypted store, adds to it and removes from it. Needs no database.')
    .helpCommand(false);
  withKey(keys.command('list').argument('<url>', 'of the store'))
    .summary('list what opens a store')
    .description('Lists what opens a store. With a key it also proves that the key opens it.')
    .addHelpText(
      'after',
      examples([['holdfast store key list s3://backups/shop --identity recovery.key', 'and try a key']]),
    )
    .action(
      action<StoreKeyOptions>(async (invocation, options, [url = '']) => {
        const { listStoreKeys } = await import('./keys.ts');
        return await listStoreKeys(invocation, url, options);
      }),
    );
  withKey(
    keys
      .command('add')
      .argument('<recipient>', 'age1…, the public key of the one to be added')
      .argument('<url>', 'of the store'),
  )
    .summary('let one more recovery key open a store')
    .description(
      'Lets one more recovery key open a store, its earlier backups too. No data is written again.',
    )
    .addHelpText(
      'after',
      examples([['holdfast store key add age1… s3://backups/shop --identity recovery.key', 'one more']]),
    )
    .action(
      action<StoreKeyOptions>(async (invocation, options, [recipient = '', url = '']) => {
        const { addStoreKey } = await import('./keys.ts');
        return await addStoreKey(invocation, recipient, url, options);
      }),
    );
  withKey(
    keys
      .command('remove')
      .argument('<recipient>', 'age1… or passphrase, as `store key list` shows it')
      .argument('<url>', 'of the store'),
  )
    .summary('remove a recovery key from a store')
    .description(
      'Removes a recovery key from a store; the key that is given must open the store without it. The holder of a removed key may\nhave kept what they could read: a new store shuts them out.',
    )
    .addHelpText(
      'after',
      examples([['holdfast store key remove age1… s3://backups/shop --identity recovery.key', 'one fewer']]),
    )
    .action(
      action<StoreKeyOptions>(async (invocation, options, [recipient = '', url = '']) => {
        const { removeStoreKey } = await import('./keys.ts');
        return await removeStoreKey(invocation, recipient, url, options);
      }),
    );
}

export function addListCommand(store: Command): void {
  store
    .command('list')
    .summary('list the configured stores')
    .description(
      'Lists the configured stores and the one in the database. One that cannot be reached is listed with its error.',
    )
    .addHelpText('after', examples([['holdfast store list', 'which there are, and whether they answer']]))
    .action(
      action(async (invocation) => {
        const [{ withApi }, { describeStores }] = await Promise.all([
          import('../system.ts'),
          import('../describe/stores.ts'),
        ]);
        const answer = await withApi(invocation, (api) => api.listStores());
        return { document: answer, text: describeStores(answer.stores) };
      }),
    );
}

export function addTakeCommand(store: Command): void {
  store
    .command('take')
    .argument('[name]', 'of the store (default: the one that backups are written to)')
    .option('-y, --yes', 'do not ask for confirmation')
    .summary('take over a store that another installation wrote to')
    .description(
      'Takes over a store that another installation wrote to: this one writes to it from now on, and the other one is refused.\nRight for a server that replaces another; a copy for tests needs a store of its own.',
    )
    .addHelpText('after', examples([['holdfast store take', 'after a move to another server']]))
    .action(
      action<{ yes?: boolean }>(async (invocation, { yes }, [name]) => {
        const { takeStore } = await import('./take.ts');
        return await takeStore(invocation, name, yes === true);
      }),
    );
}

export function addCheckCommand(store: Command): void {
  store
    .command('check')
    .argument('<name>', 'of the store, as `holdfast store list` shows it')
    .summary('compare a store with what this installation believes of it')
    .description(
      'Lists the store, makes its index again, and says what is missing, foreign or left over. Reads no rows and deletes nothing.',
    )
    .addHelpText('after', examples([['holdfast store check offsite', 'after trouble with the store']]))
    .action(
      action(async (invocation, _options, [name = '']) => {
        const { checkStore } = await import('./contents.ts');
        return await checkStore(invocation, name);
      }),
    );
}

export function addImportCommand(store: Command): void {
  store
    .command('import')
    .argument('<name>', 'of the store, as `holdfast store list` shows it')
    .option('--identity <file>', 'the recovery key of an encrypted store (default: HOLDFAST_IDENTITY)')
    .summary("take the store's backups into the catalog")
    .description(
      'Takes the backups of the store into the catalog that do not have a row there, with their history: after the catalog was lost.\nThen `holdfast store take` makes this installation the one that writes to the store.',
    )
    .addHelpText(
      'after',
      examples([['holdfast store import offsite --identity recovery.key', 'on a new server']]),
    )
    .action(
      action<{ identity?: string }>(async (invocation, { identity }, [name = '']) => {
        const { importStore } = await import('./contents.ts');
        return await importStore(invocation, name, identity);
      }),
    );
}

export function addForgetCommand(store: Command): void {
  store
    .command('forget')
    .argument('<name>', 'of the store')
    .option('-y, --yes', 'also take backups out of the catalog that are in this store alone, without asking')
    .summary('forget a store that is lost, or used no more')
    .description(
      'Has the catalog forget a store. Nothing in the store is touched. Backups with a copy elsewhere are at home there then; those that\nare in this store alone are in the catalog no more, after a confirmation. `store import` finds them again.',
    )
    .addHelpText(
      'after',
      examples([['holdfast store forget old-bucket', 'asks before backups are lost with it']]),
    )
    .action(
      action<{ yes?: boolean }>(async (invocation, { yes }, [name = '']) => {
        const { forgetStore } = await import('./forget.ts');
        return await forgetStore(invocation, name, yes === true);
      }),
    );
}

export function addQuarantineCommand(store: Command): void {
  store
    .command('quarantine')
    .argument('<name>', 'of the store')
    .argument('<uuid>', 'of the document, as holdfast status and store check name it')
    .summary('move a document out of the way that cannot be believed')
    .description(
      'A document that cannot be believed keeps cleanup from freeing anything in its store. This moves it to quarantine/ there, byte for byte,\nif it is of no backup of this installation. What it claims to need is not deleted.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast store quarantine offsite 5f0c7a0e-2a55-4b8a-9d0a-0d7a4f6f0c11', 'then cleanup goes on'],
      ]),
    )
    .action(
      action(async (invocation, _options, [name = '', uuid = '']) => {
        const [{ withApi }, { describeSetAside }] = await Promise.all([
          import('../system.ts'),
          import('../describe/stores.ts'),
        ]);
        const moved = await withApi(invocation, (api) => api.setDocumentAside(name, { uuid }));
        return { document: moved, text: describeSetAside(moved) };
      }),
    );
}

export function addTestCommand(store: Command): void {
  store
    .command('test')
    .argument('<store>', 'name of a configured store, or an address')
    .summary('try what the credentials may do')
    .description(
      'Tries what the credentials may do in the place of a store, with objects of its own that it writes and deletes, how fast it\nis, and says what a thief of these credentials could do. Touches no backup. With an address it needs no database, and takes\nthe credentials of the environment; the answer for a configured store is kept and shown by `store list`. Exits with 0 if\nbackups can be kept there.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast store test s3://backups/shop', 'before the first backup'],
        ['holdfast store test offsite', 'a configured store'],
      ]),
    )
    .action(
      action(async (invocation, _options, [named = '']) => {
        const { testStore } = await import('./self-test.ts');
        return await testStore(invocation, named);
      }),
    );
}

export function addScrubCommand(store: Command): void {
  store
    .command('scrub')
    .argument('<name>', 'of the store, as `holdfast store list` shows it')
    .option(
      '--share <percent>',
      'what was read longest ago, as much as this share of the store',
      percentage,
      1,
    )
    .summary('read a store and check that its bytes are those that were written')
    .description(
      'Reads what the store has, what was read longest ago first, and compares it with what was written. Needs no key. A running\nsystem reads a part of each store each day anyway (HOLDFAST_SCRUB_DAYS). Exits with 7 if something is missing or damaged.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast store scrub offsite', 'all of it'],
        ['holdfast store scrub offsite --share 3', 'a part, from cron, where no process of Holdfast runs'],
      ]),
    )
    .action(
      action<{ share: number }>(async (invocation, { share }, [name = '']) => {
        const { scrubStore } = await import('./scrub.ts');
        return await scrubStore(invocation, name, share);
      }),
    );
}
