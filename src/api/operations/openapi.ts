import { readOpenApi } from '../../contract/routes/system.ts';
import type { ApiConfig } from '../config.ts';
import { endpoint } from '../endpoint.ts';
import { openApiDocument } from '../openapi.ts';

/** The document of each system, made when it is first asked for. */
const documents = new WeakMap<ApiConfig, Promise<string>>();

export const describeApi = endpoint(readOpenApi, async ({ config, served, version }) => {
  let made = documents.get(config);
  if (made === undefined) {
    made = openApiDocument(served, config.basePath, version).then((document) => JSON.stringify(document));
    documents.set(config, made);
  }
  return new Response(await made, { headers: { 'Content-Type': 'application/json' } });
});
