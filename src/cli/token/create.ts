/*
 * token/ owns the commands about tokens of the API. It never keeps a token: it prints a new one, once.
 */
import { InvalidArgumentError, type Command } from 'commander';
import { scopeLines } from '../../contract/scope-words.ts';
import { scopes, type Scope } from '../../contract/scopes.ts';
import { moment, several } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface CreateOptions {
  scopes: Scope[];
  only?: string[];
  expires?: string;
}

export function addCreateCommand(token: Command): void {
  token
    .command('create')
    .argument('<name>', 'who or what uses it')
    .requiredOption('--scopes <names>', `what it may do: ${scopes.join(', ')}`, scopeList)
    .option(
      '--only <database>',
      'for this database of several alone; may be given several times (default: for all of them)',
      several,
    )
    .option('--expires <time>', 'until when: 90d, 12h, or a time (default: for ever)', moment)
    .summary('make one; it is printed this once')
    .description(
      ['Makes a token and prints it, this once. What the scopes admit:', '', ...scopeLines()].join('\n'),
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast token create deploy --scopes point --expires 90d', 'for a deploy script'],
        ['holdfast token create grafana --scopes read', 'for a dashboard'],
        ['holdfast token create crm-team --scopes restore --only crm', 'for one database of several'],
      ]),
    )
    .action(
      action<CreateOptions>(async (invocation, { scopes: chosen, only, expires }, [name]) => {
        const [{ withApi }, { describeNewToken }] = await Promise.all([
          import('../system.ts'),
          import('../describe/tokens.ts'),
        ]);
        const { token: made, ...created } = await withApi(invocation, (api) =>
          api.createToken({
            name: name!,
            scopes: chosen,
            databases: only ?? null,
            expiresAt: expires ?? null,
          }),
        );
        return {
          document: { success: true, token: made, created },
          text: describeNewToken(made, created),
        };
      }),
    );
}

function scopeList(text: string): Scope[] {
  const given = text.split(',').map((each) => each.trim());
  for (const each of given) {
    if (!scopes.some((scope) => scope === each)) {
      throw new InvalidArgumentError(`"${each}" is none of ${scopes.join(', ')}.`);
    }
  }
  return given as Scope[];
}
