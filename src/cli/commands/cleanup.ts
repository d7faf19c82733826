import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addCleanupCommand(program: Command): void {
  program
    .command('cleanup')
    .option('-n, --dry-run', 'only show what would be deleted, and why')
    .summary('delete what the retention policy does not keep')
    .description(
      "Deletes the backups that the schedules' retention policies do not keep, then frees the space that no backup\nneeds any more. The last good backup, pinned backups and backups in use are always kept.",
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast cleanup --dry-run', 'what would be deleted, and why; changes nothing'],
        ['holdfast cleanup', 'delete it'],
      ]),
    )
    .action(
      action<{ dryRun?: boolean }>(async (invocation, { dryRun }) => {
        const [{ withApi }, { follow }, { describeCleanup }] = await Promise.all([
          import('../system.ts'),
          import('../follow.ts'),
          import('../describe/cleanup.ts'),
        ]);
        const cleanup = await withApi(invocation, (api) =>
          dryRun
            ? api.cleanUp({ dryRun })
            : follow(invocation, {
                noun: 'Cleanup',
                async start() {
                  const { id, ...started } = await api.cleanUp();
                  return { ...started, id: id! };
                },
                wait: (id, onProgress) => api.waitForCleanup(id, { onProgress }),
                cancel: (id) => api.cancelCleanup(id),
                afterCancel: 'What it has deleted stays deleted; the next cleanup deletes the rest.',
              }),
        );
        return { document: { success: true, cleanup }, text: describeCleanup(cleanup) };
      }),
    );
}
