import type { Command } from 'commander';
import { examples } from '../invocation.ts';
import { addCreateCommand } from '../token/create.ts';
import { addListCommand } from '../token/list.ts';
import { addRevokeCommand } from '../token/revoke.ts';

export function addTokenCommand(program: Command): void {
  const token = program
    .command('token')
    .summary('tokens for calls over HTTP, each with what it may do')
    .description(
      'Tokens for calls over HTTP, each with what it may do. A token is shown once, when it is made; only its hash is kept.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast token create deploy --scopes point --expires 90d', 'for a deploy script'],
        ['holdfast token list', 'which there are'],
        ['holdfast token revoke 3', 'ends one'],
      ]),
    );
  addCreateCommand(token);
  addListCommand(token);
  addRevokeCommand(token);
}
