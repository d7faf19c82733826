import { currentSpan, inSpan, isTracing, type Traced } from '../base/tracing.ts';
import type { Progress } from '../contract/progress.ts';
import type { RunKind } from '../contract/states.ts';
import { runKey } from './active-run.ts';
import type { RunContext } from './context.ts';
import { tracedStores } from './traced-stores.ts';

type SpanContext = NonNullable<ReturnType<typeof currentSpan>>;

/** What ordered the runs of this process, until they begin; of those of other processes it is not known. */
const orders = new WeakMap<RunContext['ordered'], Map<string, SpanContext>>();
const ordersAtOnce = 10_000;
/** The most steps of a run that have a span; of one whose phases go to and fro the later ones have none. */
const stepsAtMost = 100;

/** Remembers what has ordered a run, for the span of the run. */
export function noteOrder({ ordered }: RunContext, kind: RunKind, id: number): void {
  const cause = currentSpan();
  if (!cause) return;
  const known = orders.get(ordered) ?? new Map<string, SpanContext>();
  orders.set(ordered, known);
  const [oldest] = known.keys();
  if (known.size >= ordersAtOnce && oldest !== undefined) known.delete(oldest);
  known.set(runKey(kind, id), cause);
}

/** A run in the hands of this process, and how it ended as its row has it. */
interface RunToTrace {
  kind: RunKind;
  id: number;
  onProgress: (progress: Progress) => void;
  ended(): Promise<{ state: string; code: string | undefined } | undefined>;
}

/**
 * Performs a run in a span of its own, with its steps and its use of stores below it. It belongs to no other span, since it may last
 * hours longer than what ordered it; a link leads to that.
 */
export async function inRunSpan<T>(
  context: RunContext,
  { kind, id, onProgress, ended }: RunToTrace,
  work: (context: RunContext, onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const key = runKey(kind, id);
  const cause = orders.get(context.ordered)?.get(key);
  orders.get(context.ordered)?.delete(key);
  if (!isTracing()) return work(context, onProgress);
  const values = { 'holdfast.run.kind': kind, 'holdfast.run.id': id };
  return inSpan(`holdfast ${kind}`, { root: true, causes: [cause], values }, async (span) => {
    const steps = stepsOf(span);
    const { stores, used } = tracedStores(context.stores, span);
    try {
      return await work({ ...context, stores }, (progress) => {
        steps.take(progress);
        onProgress(progress);
      });
    } finally {
      steps.end();
      used();
      const end = await ended().catch(() => undefined);
      span.set({ 'holdfast.run.state': end?.state });
      if (end && end.state !== 'completed') span.end(end.code ?? end.state);
    }
  });
}

/** The phases that a run reports, as spans one after the other. */
function stepsOf(span: Traced): { take(progress: Progress): void; end(): void } {
  let current: { phase: string; step: Traced } | undefined;
  let latest: Progress | undefined;
  let left = stepsAtMost;
  return {
    take(progress) {
      latest = progress;
      if (current?.phase === progress.phase) return;
      current?.step.end();
      current = undefined;
      if (left-- <= 0) return;
      current = { phase: progress.phase, step: span.child(`holdfast step ${progress.phase}`) };
    },
    end() {
      current?.step.end();
      if (!latest) return;
      span.set({
        'holdfast.run.tables': latest.tablesDone,
        'holdfast.run.rows': latest.rows,
        'holdfast.run.raw_bytes': latest.rawBytes,
        'holdfast.run.stored_bytes': latest.storedBytes,
      });
    },
  };
}
