import type { Command } from 'commander';
import { port } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .option('-p, --port <number>', 'port to listen on', port, 4650)
    .option('-H, --host <address>', 'address to listen on', '127.0.0.1')
    .summary('serve the HTTP API')
    .description(
      'Serves the HTTP API under /api/admin until Ctrl-C. Needs HOLDFAST_TOKEN: every call must carry it as\nAuthorization: Bearer <token>; or `auth.authorize` in a configuration file.',
    )
    .addHelpText(
      'after',
      examples([
        ['HOLDFAST_TOKEN=$(openssl rand -hex 24) holdfast serve', 'on this machine only'],
        ['holdfast serve --host 0.0.0.0 --port 8080', 'for other machines too; put TLS in front of it'],
      ]),
    )
    .action(
      action<{ port: number; host: string }>(async (invocation, options) => {
        const { serve } = await import('../serve.ts');
        await serve(invocation, options);
      }),
    );
}
