import { endpoint, type Endpoint } from '../endpoint.ts';
import { openApiDocument } from '../openapi.ts';

/** The description of `others` and of itself, made when it is first asked for. */
export function openApi(others: readonly Endpoint[], version: string): Endpoint {
  let made: string | undefined;
  const self: Endpoint = endpoint({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    description:
      'For admins, as all that is about the system: it says which version runs here and what it can do.',
    always: true,
    answers: { 200: { description: 'OpenAPI 3.1', mediaTypes: ['application/json'] } },
    async handle({ config }) {
      made ??= JSON.stringify(openApiDocument([...others, self], config.basePath, version));
      return new Response(made, { headers: { 'Content-Type': 'application/json' } });
    },
  });
  return self;
}
