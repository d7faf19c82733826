import type { Command } from 'commander';
import { examples } from '../invocation.ts';
import {
  addCheckCommand,
  addCreateCommand,
  addForgetCommand,
  addImportCommand,
  addKeyCommands,
  addListCommand,
  addQuarantineCommand,
  addScrubCommand,
  addTakeCommand,
  addTestCommand,
} from '../store/commands.ts';

export function addStoreCommand(program: Command): void {
  const store = program
    .command('store')
    .summary('make and look after stores outside the database')
    .description('Makes and looks after the stores outside the database that backups are kept in.')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples([
        ['holdfast store create s3://backups/shop --recipient age1… --out writer.key', 'an encrypted store'],
        ['holdfast store key list s3://backups/shop', 'what opens it'],
      ]),
    );
  addListCommand(store);
  addCreateCommand(store);
  addTakeCommand(store);
  addCheckCommand(store);
  addImportCommand(store);
  addForgetCommand(store);
  addTestCommand(store);
  addScrubCommand(store);
  addQuarantineCommand(store);
  addKeyCommands(store);
}
