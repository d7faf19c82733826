import type { DownloadFormat } from '../contract/backup.ts';
import type { ReplyOf } from '../contract/route.ts';
import type { readBackup } from '../contract/routes/backups.ts';
import { ok, type HttpCall } from './endpoint.ts';
import { invalidRequest } from './validate.ts';

interface DownloadQuery {
  download?: boolean | undefined;
  format?: DownloadFormat | undefined;
}

/** One backup or its download, for the two addresses that have both. */
export async function answerBackup(
  call: HttpCall,
  id: number,
  { download, format }: DownloadQuery,
): Promise<ReplyOf<typeof readBackup> | Response> {
  if (!download) {
    refuseWith({ format }, 'needs download=true');
    return ok({ backup: await call.api.getBackup(id) });
  }
  const { filename, contentType, stream } = await call.api.downloadBackup(id, format);
  // The router answers HEAD with this response's headers and drops its body, which must not stay open.
  const isHead = call.request.method === 'HEAD';
  if (isHead) await stream.cancel();
  return new Response(isHead ? null : stream, {
    headers: { 'Content-Type': contentType, 'Content-Disposition': `attachment; filename="${filename}"` },
  });
}

/** @throws INVALID_REQUEST for every parameter that is given although it has no meaning here */
export function refuseWith(values: Record<string, unknown>, problem: string): void {
  const given = Object.keys(values).filter((field) => values[field] !== undefined);
  if (given.length > 0) throw invalidRequest(given.map((field) => ({ field, problem })));
}
