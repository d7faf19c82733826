import type { DownloadFormat } from '../contract/backup.ts';
import type { ReplyOf } from '../contract/route.ts';
import type { readBackup } from '../contract/routes/backups.ts';
import type { Download } from './contract.ts';
import { asItIs, ok, type HttpCall } from './endpoint.ts';
import { refuseGiven } from './validate.ts';

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
    refuseGiven({ format }, 'needs download=true');
    return ok({ backup: await call.api.getBackup(id) });
  }
  const source = await call.api.downloadBackup(id, format);
  // The router answers HEAD with this response's headers and drops its body, which must not stay open.
  const isHead = call.request.method === 'HEAD';
  if (isHead) await source.stream.cancel();
  return answerDownload(source, isHead ? null : source.stream);
}

export function answerDownload(
  { filename, contentType, stream }: Download,
  body: Download['stream'] | null = stream,
): Response {
  return new Response(body, {
    headers: {
      'Content-Type': contentType,
      'Content-Disposition': `attachment; filename="${filename}"`,
      'Cache-Control': asItIs,
    },
  });
}

export function answerSql(sql: string): Response {
  return new Response(sql, { headers: { 'Content-Type': 'application/sql; charset=utf-8' } });
}
