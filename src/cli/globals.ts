import type { BackupApi, GlobalsBody, GlobalsPlan, OpenOption } from '../api/contract.ts';
import type { GlobalsCommandOptions } from './commands/globals.ts';
import { describeGlobalsPlan, describeGlobalsReport } from './describe/globals.ts';
import type { Answer, Invocation } from './invocation.ts';
import { counted } from '../base/units.ts';
import { withPassword } from './restore.ts';
import { confirmTyped } from './terminal/confirm.ts';
import { remark } from './terminal/output.ts';

export async function globals(
  api: BackupApi,
  invocation: Invocation,
  id: number,
  { dryRun, alter, confirm = [], tablespaces, to, yes }: GlobalsCommandOptions,
  opener: OpenOption,
): Promise<Answer> {
  const request: GlobalsBody = {
    onDifferent: alter ? 'alter' : 'keep',
    confirm,
    tablespaces,
    ...(to === undefined ? {} : { targetUrl: withPassword(to) }),
    ...opener,
  };
  if (dryRun || !yes) {
    const plan = await api.planGlobals(id, request);
    if (dryRun || changes(plan) === 0) return { document: { plan }, text: describeGlobalsPlan(plan) };
    remark(invocation, describeGlobalsPlan(plan));
    await confirmTyped(invocation, {
      message: `${counted(changes(plan), 'change')} of roles and tablespaces of ${to === undefined ? 'this server' : 'the server of --to'}, all or nothing.`,
      expected: 'roles',
    });
  }
  const report = await api.restoreGlobals(id, request);
  return { document: { success: true, report }, text: describeGlobalsReport(report) };
}

function changes({ create, different }: GlobalsPlan): number {
  return create.length + different.filter(({ altered }) => altered).length;
}
