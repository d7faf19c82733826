import { z } from 'zod';
import { invalidRequest } from '../validate.ts';
import {
  backupDetail,
  backupListQueryText,
  backupPage,
  downloadFormat,
  downloadFormats,
} from '../../contract/backup.ts';
import { flagText, idText } from '../../contract/fields.ts';
import type { DownloadFormat } from '../contract.ts';
import { endpoint, json, type Call } from '../endpoint.ts';

const download = {
  download: flagText.optional().meta({ description: 'Answer with the backup itself, as SQL for psql' }),
  format: downloadFormat.optional().meta({ description: `Of a download; default ${downloadFormats[0]}` }),
};
type DownloadQuery = { download?: boolean | undefined; format?: DownloadFormat | undefined };

const oneBackup = {
  description: 'The backup, or its data',
  schema: z.object({ backup: backupDetail }),
  mediaTypes: ['application/zstd', 'application/gzip', 'application/sql'],
};

export const readBackups = endpoint({
  method: 'GET',
  path: '/backup',
  summary: 'List backups; with id, one of them or its download',
  query: z.strictObject({ id: idText.optional(), ...download, ...backupListQueryText }),
  answers: {
    200: { ...oneBackup, schema: z.union([backupPage, z.object({ backup: backupDetail })]) },
  },
  async handle(call) {
    const { id, download: wanted, format, ...page } = call.query;
    if (id !== undefined) {
      refuseWith(page, 'cannot be combined with id');
      return answerOne(call, id, call.query);
    }
    refuseWith({ download: wanted, format }, 'needs an id');
    return json(await call.api.listBackups(page));
  },
});

export const readBackup = endpoint({
  method: 'GET',
  path: '/backup/{id}',
  summary: 'One backup, or its download',
  query: z.strictObject(download),
  params: z.object({ id: idText }),
  answers: { 200: oneBackup },
  handle: (call) => answerOne(call, call.params.id, call.query),
});

function refuseWith(values: Record<string, unknown>, problem: string): void {
  const given = Object.keys(values).filter((field) => values[field] !== undefined);
  if (given.length > 0) throw invalidRequest(given.map((field) => ({ field, problem })));
}

async function answerOne(call: Call<unknown, unknown>, id: number, query: DownloadQuery): Promise<Response> {
  if (!query.download) {
    refuseWith({ format: query.format }, 'needs download=true');
    return json({ backup: await call.api.getBackup(id) });
  }
  const { filename, contentType, stream } = await call.api.downloadBackup(id, query.format);
  // The router answers HEAD with this response's headers and forgets its body, which must not stay open.
  if (call.request.method === 'HEAD') await stream.cancel();
  return new Response(call.request.method === 'HEAD' ? null : stream, {
    headers: { 'Content-Type': contentType, 'Content-Disposition': `attachment; filename="${filename}"` },
  });
}
