import { restoreTarget, type RestoreTarget } from '../../contract/restore-target.ts';
import { restoreScope } from '../../engine/entries/scope.ts';
import { ofContent } from '../../engine/entries/without-rows.ts';
import { describePlan } from '../../engine/plan/describe-plan.ts';
import { makePlan } from '../../engine/plan/make-plan.ts';
import { refuse } from '../../engine/plan/refusals.ts';
import type { RestoreRequest } from '../../engine/requests.ts';
import { restore } from '../../engine/restore/restore.ts';
import { firstDatabase, serverAddress, type ServerAddress } from '../../postgres/server-address.ts';
import { chosenRows } from '../chosen-rows.ts';
import type { RestoreOptions } from '../commands/restore.ts';
import { describeReport } from '../describe/restore.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { findBackup, lackingIn, lockTimeoutMs, withoutCatalog, withStore } from './alone.ts';
import { jobsOf } from './jobs.ts';
import { planAnswer } from '../planned.ts';
import { usage, type NamedAlone } from './options.ts';
import { underControl } from './under-control.ts';

/** Restores a backup of a store alone into a new database. Needs no confirmation: nothing that exists is changed. */
export async function restoreAlone(
  invocation: Invocation,
  { alone, store: address }: NamedAlone,
  options: RestoreOptions,
): Promise<Answer> {
  const { tables = [], schemas = [], to } = options;
  const rows = chosenRows(options);
  if (options.tenant !== undefined) {
    throw usage(
      'restore',
      '--tenant needs the settings of an installation; with --store: --table or --tables.',
    );
  }
  if (to === undefined || options.toDatabase !== undefined || (options.fromOtherDatabase && !rows)) {
    throw usage(
      'restore',
      'With --store a restore goes into a new database, or with --table into one that is there: --to postgres://user@host/name.',
    );
  }
  if (rows) {
    const { restoreRowsAlone } = await import('./restore-rows.ts');
    const { database } = newDatabase(to).target;
    return restoreRowsAlone(invocation, { alone, store: address }, options, { rows, to, database });
  }
  if (!options.owners && options.mapRole !== undefined) {
    throw usage('restore', '--map-role keeps owners, so it cannot be combined with --no-owners.');
  }
  if (options.onDrift !== 'fail' || options.dropNew) {
    throw usage(
      'restore',
      'With --store a restore makes a new database, where nothing has changed: no --on-drift and no --drop-new.',
    );
  }
  if (options.intoSchema !== undefined || options.as !== undefined) {
    throw usage(
      'restore',
      'With --store a restore makes a new database, with the names of the backup: no --into-schema, no --as.',
    );
  }
  if (options.content === 'data') {
    throw usage(
      'restore',
      'With --store a restore makes a new database, which has no tables: no --content data.',
    );
  }
  if (options.showSql && !options.dryRun) {
    throw usage('restore', '--show-sql shows a plan; it needs --dry-run.');
  }
  const { address: server, target } = newDatabase(to);
  return withStore(invocation, options, address, async (opened) => {
    const { store, uuid, document, manifest } = await findBackup(invocation, opened, alone);
    const request: RestoreRequest = {
      restoreType: tables.length + schemas.length === 0 ? 'full' : 'partial',
      tables: [...tables, ...schemas.map((schema) => `${schema}.*`)],
      target,
      content: options.content,
      onDrift: 'fail',
      owners: options.owners,
      roleMap: options.mapRole ?? {},
      onMissingTablespace: options.onMissingTablespace,
      extensionVersions: options.extensionVersions,
      onRefreshFailure: options.onRefreshFailure,
      onInvalid: options.onInvalid,
      withoutExtensions: options.withoutExtension ?? [],
      allowOtherDatabase: false,
      jobs: await jobsOf(invocation, options.jobs),
      lockTimeoutMs,
      own: { tables: [], schemas: [] },
    };
    const live = await firstDatabase(server.target);
    const lacking = await lackingIn(
      { store, uuid, document, manifest },
      restoreScope(ofContent(manifest, options.content), request),
    );
    const plan = await makePlan({ live, manifest, request, lacking });
    if (options.dryRun) {
      const described = describePlan(plan, { statements: options.showSql ?? false });
      return planAnswer(described, { ...described, ...withoutCatalog }, uuid);
    }
    refuse(plan);
    const started = Date.now();
    let unfinished = '';
    const report = await underControl(
      invocation,
      {
        title: `Restore of ${uuid}`,
        afterCancel: `The store was only read. The unfinished database ${target.database} was dropped.`,
        onLeaving: () =>
          unfinished === ''
            ? 'Nothing was created.'
            : `The unfinished database "${unfinished}" may still be there; drop it by hand.`,
      },
      (control) =>
        restore(plan, { live, store, control, onUnfinished: async (name) => void (unfinished = name) }),
    );
    return {
      document: { success: true, restore: { backupUuid: uuid, database: target.database, report } },
      text: describeReport(report, {
        what: `Backup ${uuid} was restored`,
        tookMs: Date.now() - started,
        undo: null,
      }),
    };
  });
}

/** @throws INVALID_REQUEST, never with the address, which may have a password in it */
function newDatabase(to: string): {
  address: ServerAddress;
  target: Extract<RestoreTarget, { mode: 'new-database' }>;
} {
  const address = serverAddress(to);
  const { database, server } = address ?? {};
  const target = restoreTarget.safeParse({ mode: 'new-database', database, server });
  if (address && target.success && target.data.mode === 'new-database') {
    return { address, target: target.data };
  }
  throw usage(
    'restore',
    '--to must be postgres://user:password@host:5432/name with the name of a database; in a password, @ : / ? # are written as %40 %3A %2F %3F %23.',
  );
}
