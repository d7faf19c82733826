import type { RunKind } from '../contract/states.ts';
import type { HttpCall } from './endpoint.ts';

/** What the answer calls it: its kind, or a backup as a point. */
type RunName = RunKind | 'point';

const paths: Partial<Record<RunName, string>> = { cleanup: 'backup/cleanup', point: 'backup' };

interface Started<Status, Kind extends RunName, Run> {
  status: Status;
  body: { success: true } & Record<Kind, Run>;
  headers: Record<string, string>;
}

/**
 * Starts a run. Answers 201 when it has completed within the time the caller wants to wait, or 202 with its address. The time
 * is in the query, or in RFC 7240's `Prefer: wait=10`.
 */
export async function answerRun<Kind extends RunName, Run extends { id: number | null; status: string }>(
  call: Pick<HttpCall, 'request' | 'config'> & { query: { wait?: boolean | number | undefined } },
  kind: Kind,
  start: (wait: boolean | number) => Promise<Run>,
): Promise<Started<201, Kind, Run> | Started<202, Kind, Run>> {
  const preferred = preferredWait(call.request);
  const run = await start(call.query.wait ?? preferred ?? false);
  const applied = call.query.wait === undefined && preferred !== undefined;
  const reply = {
    body: { success: true, [kind]: run } as { success: true } & Record<Kind, Run>,
    headers: {
      Location: `${call.config.basePath}/${paths[kind] ?? kind}/${run.id}`,
      ...(applied ? { 'Preference-Applied': `wait=${preferred}` } : {}),
    },
  };
  return run.status === 'completed' ? { status: 201, ...reply } : { status: 202, ...reply };
}

function preferredWait(request: Request): number | undefined {
  const prefer = request.headers.get('prefer') ?? '';
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?([0-9]{1,5})"?(?=$|[,;\s])/i.exec(prefer)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
