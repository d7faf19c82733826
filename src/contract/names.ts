import { z } from 'zod';

/**
 * Names of the schemas in the OpenAPI document. A registry of our own: zod's global one belongs to the application,
 * whose schemas must neither appear in our document nor clash with ours.
 */
export const schemaNames = z.registry<{ id: string }>();
