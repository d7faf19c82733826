import { HoldfastError } from '../base/errors.ts';
import { parseIdentityFile } from '../format/sealing/key-files.ts';
import type { RunContext } from './context.ts';

/**
 * The context with stores that a key opens besides the configured ones. The caller closes them, and the key is forgotten then.
 * Without a key it is `context` itself, whose stores stay open.
 * @param identity the text of an age identity, never the path of a file
 * @throws KEY_INVALID for what is none
 */
export function openedBy(
  context: RunContext,
  identity: string | undefined,
): { context: RunContext; close(): Promise<void> } {
  if (identity === undefined) return { context, close: async () => {} };
  try {
    parseIdentityFile(identity, 'The identity');
  } catch (error) {
    throw asInvalidKey(error);
  }
  const stores = context.stores.openedBy(identity);
  return { context: { ...context, stores }, close: () => stores.close() };
}

/** Does something with a key that was given for this alone. @throws KEY_INVALID */
export async function withIdentity<T>(
  context: RunContext,
  identity: string | undefined,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const opened = openedBy(context, identity);
  try {
    return await work(opened.context);
  } finally {
    await opened.close();
  }
}

/** What is wrong with a key that came with a request is no fault of the configuration. */
function asInvalidKey(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.code !== 'INVALID_CONFIGURATION') return error;
  return new HoldfastError('KEY_INVALID', error.message, { hint: error.hint });
}
