import { describeScrub } from '../describe/scrub.ts';
import { follow } from '../follow.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { withApi } from '../system.ts';

/** Reads a store, or a share of it, and says what was found. */
export async function scrubStore(invocation: Invocation, name: string, share: number): Promise<Answer> {
  const scrub = await withApi(invocation, (api) =>
    follow(invocation, {
      noun: 'Scrub',
      start: () => api.scrubStore(name, { share }),
      wait: (id, onProgress) => api.waitForScrub(id, { onProgress }),
      cancel: (id) => api.cancelScrub(id),
      afterCancel: `A scrub only reads. The next one of ${name} begins with what this one has not read.`,
    }),
  );
  const found = (scrub.report?.missing ?? 0) + (scrub.report?.damaged ?? 0);
  return {
    document: { success: true, scrub },
    text: describeScrub(scrub),
    exitCode: found > 0 ? damagedExitCode : 0,
  };
}

/** As of every command that finds stored data missing or damaged. */
const damagedExitCode = 7;
