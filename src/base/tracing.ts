/**
 * Spans for the application's own OpenTelemetry, through the package `@opentelemetry/api` alone. It is loaded when the application has
 * registered something that takes spans, and not before: without that a span costs one look at a global.
 */
import { createRequire } from 'node:module';
import type { Attributes, Context, Link, Span, SpanContext, SpanKind, Tracer } from '@opentelemetry/api';
import { HoldfastError } from './errors.ts';
import { version } from './package.ts';

/** Values of a span; what is undefined is left out. Never what users have stored, and never a secret. */
export type SpanValues = Record<string, string | number | boolean | undefined>;

export interface SpanOptions {
  /** Default: what goes on inside this process. */
  kind?: keyof typeof SpanKind;
  values?: SpanValues;
  /** Belongs to no span, whatever calls it. */
  root?: boolean;
  /** What has caused it elsewhere or earlier. */
  causes?: readonly (SpanContext | undefined)[];
  /** Of another process: the headers of its call. They count where nothing here is under way. */
  headers?: Headers;
}

/** Something that takes time. Nothing of it throws. */
export interface Traced {
  set(values: SpanValues): void;
  rename(name: string): void;
  /** One that belongs to it; `began` in milliseconds since the epoch, by default now. */
  child(name: string, values?: SpanValues, began?: number): Traced;
  /** @param error the code of the catalogue, or what was thrown: its code is kept, its words are not */
  end(error?: unknown): void;
}

type Api = typeof import('@opentelemetry/api');

/** Where every version 1 of the package keeps what the application has registered. */
const registered = Symbol.for('opentelemetry.js.api.1');
let loaded: { api: Api; tracer: Tracer } | 'missing' | undefined;

function load(): { api: Api; tracer: Tracer } | undefined {
  const globals = globalThis as { [registered]?: { trace?: unknown } };
  if (globals[registered]?.trace === undefined) return undefined;
  if (loaded === undefined) {
    try {
      const api = createRequire(import.meta.url)('@opentelemetry/api') as Api;
      loaded = { api, tracer: api.trace.getTracer('holdfast', version) };
    } catch {
      // Spans are registered by a package that we cannot reach from here: then there are none of ours.
      loaded = 'missing';
    }
  }
  return loaded === 'missing' ? undefined : loaded;
}

const nothing: Traced = { set() {}, rename() {}, child: () => nothing, end() {} };

/** Whether anybody takes spans. */
export function isTracing(): boolean {
  return load() !== undefined;
}

/** The span that is under way here; undefined without one. */
export function currentSpan(): SpanContext | undefined {
  const found = load();
  return found?.api.trace.getSpanContext(found.api.context.active());
}

/** Does something in a span, which what it calls belongs to. Without anybody who takes spans it is only done. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Traced) => Promise<T>,
): Promise<T> {
  const found = load();
  if (!found) return work(nothing);
  const { span, context } = begin(found, name, options);
  const traced = tracedSpan(found, span, context);
  try {
    const result = await found.api.context.with(context, () => work(traced));
    traced.end();
    return result;
  } catch (error) {
    traced.end(error);
    throw error;
  }
}

function begin(
  { api, tracer }: { api: Api; tracer: Tracer },
  name: string,
  { kind = 'INTERNAL', values = {}, root = false, causes = [], headers }: SpanOptions,
): { span: Span; context: Context } {
  const active = root ? api.ROOT_CONTEXT : api.context.active();
  const isInside = api.trace.getSpanContext(active) !== undefined;
  const parent =
    headers && !isInside
      ? api.propagation.extract(active, headers, {
          keys: (given) => [...given.keys()],
          get: (given, key) => given.get(key) ?? undefined,
        })
      : active;
  const links = causes.flatMap((cause): Link[] => (cause ? [{ context: cause }] : []));
  const span = tracer.startSpan(
    name,
    { kind: api.SpanKind[kind], attributes: withoutUndefined(values), links },
    parent,
  );
  return { span, context: api.trace.setSpan(parent, span) };
}

function tracedSpan({ api, tracer }: { api: Api; tracer: Tracer }, span: Span, context: Context): Traced {
  let ended = false;
  return {
    set: (values) => void span.setAttributes(withoutUndefined(values)),
    rename: (name) => void span.updateName(name),
    child(name, values = {}, began = Date.now()) {
      const inner = tracer.startSpan(
        name,
        { attributes: withoutUndefined(values), startTime: began },
        context,
      );
      return tracedSpan({ api, tracer }, inner, api.trace.setSpan(context, inner));
    },
    end(error) {
      if (ended) return;
      ended = true;
      if (error !== undefined) {
        span.setAttribute('error.type', codeOf(error));
        // Without words: those of a server can have values of rows.
        span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

function codeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (error instanceof HoldfastError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

function withoutUndefined(values: SpanValues): Attributes {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
