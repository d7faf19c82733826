import { readOpenApi } from '../../contract/routes/system.ts';
import type { ApiConfig } from '../context.ts';
import { endpoint } from '../endpoint.ts';
import { openApiDocument } from '../openapi.ts';

/** The document of each system, made when it is first asked for. */
const documents = new WeakMap<ApiConfig, string>();

export const describeApi = endpoint(readOpenApi, async ({ config, served, version }) => {
  let text = documents.get(config);
  if (text === undefined) {
    text = JSON.stringify(openApiDocument(served, config.basePath, version));
    documents.set(config, text);
  }
  return new Response(text, { headers: { 'Content-Type': 'application/json' } });
});
