import type { ScratchAnswer } from '../../engine/query/ask.ts';
import { answerBytesMax, questionLimit, scratchBytesMax } from '../../engine/query/limits.ts';
import { openScratch } from '../../engine/query/scratch.ts';
import type { Invocation } from '../invocation.ts';
import type { checkedQuestion } from '../wanted-rows.ts';
import { givenTo } from '../system.ts';
import { findBackup, withStore } from './alone.ts';
import { jobsOf } from './jobs.ts';
import type { AloneOptions, NamedAlone } from './options.ts';
import { scratchTargetAlone } from './scratch-target.ts';
import { underControl } from './under-control.ts';

/** Asks a backup of a store alone a question: on a server of its own, or on that of `--to`. */
export async function queryAlone(
  invocation: Invocation,
  { alone, store: address }: NamedAlone,
  { sql, limit: rowsMax, timeoutSeconds }: ReturnType<typeof checkedQuestion>,
  { to, ...options }: AloneOptions & { to?: string },
): Promise<ScratchAnswer & { backup: string }> {
  const url = to ?? (await givenTo(invocation)).drill?.url;
  const target = scratchTargetAlone('query', url);
  return withStore(invocation, options, address, async (opened) => {
    const { store, uuid, manifest } = await findBackup(invocation, opened, alone);
    const left =
      'The store was only read. A scratch database that is still there is dropped by the next question.';
    const work = {
      title: `Question of ${uuid}`,
      afterCancel: 'The store was only read.',
      onLeaving: () => left,
    };
    return underControl(invocation, work, async (control) => {
      const limit = questionLimit();
      const signal = AbortSignal.any([control.signal, limit.signal]);
      try {
        const limits = { bytesMax: scratchBytesMax, jobs: await jobsOf(invocation, undefined) };
        const scratch = await openScratch(target, manifest, limits, signal);
        try {
          const question = { sql, rowsMax, answerBytesMax, timeoutMs: timeoutSeconds * 1_000 };
          return { backup: uuid, ...(await scratch.ask(question, store, signal)) };
        } finally {
          await scratch.close();
        }
      } finally {
        limit.clear();
      }
    });
  });
}
