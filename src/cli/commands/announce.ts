import type { Command } from 'commander';
import { moment, positiveInteger, tableList } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface AnnounceOptions {
  until?: string;
  tables?: string[];
  end?: number;
}

export function addAnnounceCommand(program: Command): void {
  program
    .command('announce')
    .argument('[reason]', 'what is going to happen; without it the announcements in force are listed')
    .option(
      '-u, --until <time>',
      'for how long it may change data: 90m, 6h, 2d, or a time (default: 6h)',
      moment,
    )
    .option(
      '-t, --tables <names>',
      'only these tables: orders,sales.* (default: the whole database)',
      tableList,
    )
    .option('--end <id>', 'end an announcement before its time', positiveInteger)
    .summary('announce an import or a migration, so that it raises no alarm')
    .description(
      'What an announcement explains is noted in the findings and stops no cleanup. Announce before the change; the next\nbackup may be taken later.',
    )
    .addHelpText(
      'after',
      examples([
        [
          'holdfast announce "orders of 2019 go to the archive" --tables orders --until 2h',
          'before the work',
        ],
        ['holdfast announce', 'what is announced now'],
        ['holdfast announce --end 4', 'the work is done'],
      ]),
    )
    .action(
      action<AnnounceOptions>(async (invocation, { until, tables, end }, [reason]) => {
        const [{ withApi }, { describeAnnouncements }] = await Promise.all([
          import('../system.ts'),
          import('../describe/findings.ts'),
        ]);
        if (end !== undefined) {
          const announcement = await withApi(invocation, (api) => api.endAnnouncement(end));
          return { document: { success: true, announcement }, text: `Announcement ${end} has ended.` };
        }
        if (reason === undefined) {
          const announcements = await withApi(invocation, (api) => api.listAnnouncements());
          return { document: { announcements }, text: describeAnnouncements(announcements) };
        }
        const announcement = await withApi(invocation, (api) =>
          api.announce({ reason, until: until ?? moment('6h'), tables: tables ?? [] }),
        );
        return { document: { success: true, announcement }, text: describeAnnouncements([announcement]) };
      }),
    );
}
