import { endpoint, json, type Endpoint } from '../endpoint.ts';
import { openApiDocument } from '../openapi.ts';

/** The description of `others` and of itself. */
export function openApi(others: readonly Endpoint[], version: string): Endpoint {
  const self: Endpoint = endpoint({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    always: true,
    answers: { 200: { description: 'OpenAPI 3.1', mediaTypes: ['application/json'] } },
    handle: async ({ config }) => json(openApiDocument([...others, self], config.basePath, version)),
  });
  return self;
}
