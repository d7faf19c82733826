import type { Command } from 'commander';
import { pastMoment, positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';
import { addVerifyAuditCommand } from '../verify-audit.ts';

interface AuditOptions {
  limit: number;
  cursor?: string;
  actor?: string;
  operation?: string;
  since?: string;
}

export function addAuditCommand(program: Command): void {
  const audit = program
    .command('audit')
    .option('-n, --limit <number>', 'how many, at most 200', positiveInteger, 20)
    .option('--cursor <text>', 'continue after the previous page')
    .option('--actor <name>', 'only calls of this actor')
    .option('--operation <name>', 'only calls of this operation, such as deleteBackup')
    .option('--since <time>', 'only from then on: 90m, 6h, 2d ago, or a time', pastMoment)
    .summary('who has changed, opened or downloaded something')
    .description(
      'Lists the calls that changed, opened or downloaded something, or tried to, the newest first: who it was, from\nwhere, and what came of it.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast audit', 'the newest 20'],
        ['holdfast audit --operation deleteBackup --since 30d', 'which backups were deleted, and by whom'],
        ['holdfast audit verify', 'whether rows were removed or changed'],
      ]),
    )
    .helpCommand(false)
    .action(
      action<AuditOptions>(async (invocation, { limit, cursor, actor, operation, since }) => {
        const [{ withApi }, { describeAudit }] = await Promise.all([
          import('../system.ts'),
          import('../describe/audit.ts'),
        ]);
        const page = await withApi(invocation, (api) =>
          api.listAudit({ limit, cursor, actor, operation, since }),
        );
        return { document: page, text: describeAudit(page) };
      }),
    );
  addVerifyAuditCommand(audit);
}
