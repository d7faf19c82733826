import { HoldfastError } from '../base/errors.ts';
import { inSpan, type Traced } from '../base/tracing.ts';

/**
 * Answers a call in a span, by the conventions of OpenTelemetry for HTTP: https://opentelemetry.io/docs/specs/semconv/http/http-spans/. It
 * ends with the answer, not with the last byte of its body. Neither the query nor a header is in it.
 */
export async function inCallSpan(
  request: Request,
  answer: (span: Traced) => Promise<Response>,
): Promise<Response> {
  const { headers, method, url } = request;
  const values = { 'http.request.method': method, 'url.scheme': new URL(url).protocol.slice(0, -1) };
  return inSpan(method, { kind: 'SERVER', headers, values }, async (span) => {
    const response = await answer(span);
    span.set({ 'http.response.status_code': response.status });
    if (response.status >= 500) span.end(String(response.status));
    return response;
  });
}

/** Names the span by its route, once that is known: `GET /api/admin/backup/{id}`. */
export function nameByRoute(span: Traced, method: string, path: string, route: string): void {
  span.rename(`${method} ${route}`);
  span.set({ 'http.route': route, 'url.path': path });
}

/** Why it is refused or has failed, by the code of the catalogue; never in words. */
export function noteError(span: Traced, error: unknown): void {
  if (error instanceof HoldfastError) span.set({ 'holdfast.error.code': error.code });
}
