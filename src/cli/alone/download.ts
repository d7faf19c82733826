import type { DownloadFormat } from '../../api/contract.ts';
import { bundleStream } from '../../engine/copy/bundle.ts';
import { exportSql } from '../../engine/read/download.ts';
import { filenameOf } from '../../runs/download.ts';
import { download } from '../download.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { findBackup, requireWhole, withStore } from './alone.ts';
import type { AloneOptions, NamedAlone } from './options.ts';

interface DownloadOptions extends AloneOptions {
  format?: DownloadFormat;
  output?: string;
  force?: boolean;
}

export async function downloadAlone(
  invocation: Invocation,
  { alone, store: address }: NamedAlone,
  options: DownloadOptions,
): Promise<Answer | undefined> {
  return withStore(invocation, options, address, async (opened) => {
    const found = await findBackup(invocation, opened, alone);
    const { store, uuid, manifest } = found;
    const open = async (format: DownloadFormat) => {
      // Before the first byte: a file that breaks off in the middle is worth little.
      await requireWhole(found);
      if (format === 'holdfast') {
        const { signal } = new AbortController();
        return {
          filename: `holdfast-backup-${uuid.slice(0, 8)}.holdfast`,
          stream: bundleStream(store, uuid, signal),
        };
      }
      return {
        filename: filenameOf(manifest, uuid.slice(0, 8), format),
        stream: exportSql(store, manifest, format),
      };
    };
    return download(open, invocation, { ...options, backup: { uuid } });
  });
}
