import type { Command } from 'commander';
import { addAddCommand } from '../channel/add.ts';
import { addChangeCommand } from '../channel/change.ts';
import { addListCommand } from '../channel/list.ts';
import { addRemoveCommand } from '../channel/remove.ts';
import { addTestCommand } from '../channel/test.ts';
import { examples } from '../invocation.ts';

export function addChannelCommand(program: Command): void {
  const channel = program
    .command('channel')
    .summary('who is told when backups are not well')
    .description(
      'Channels: webhooks, e-mail, chats and on-call services that are told when backups are not well, and when they are again. A process that works sends the messages: holdfast serve, holdfast worker, or an application that has called start().',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast channel add on-call https://alerts.example.com/holdfast', 'a signed webhook'],
        ['holdfast channel test on-call', 'sends a message now'],
      ]),
    );
  addAddCommand(channel);
  addListCommand(channel);
  addTestCommand(channel);
  addChangeCommand(channel);
  addRemoveCommand(channel);
}
