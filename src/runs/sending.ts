import { inSpan } from '../base/tracing.ts';
import type { send as Send } from '../channel/send.ts';

/**
 * Sends a message, or calls an address that expects calls. With it comes node:http, which takes as long to load as much else, and most
 * runs tell nobody anything.
 */
export const send: typeof Send = async (channel, message, stopping) => {
  const sending = await import('../channel/send.ts');
  const values = { 'holdfast.channel.kind': channel.kind, 'holdfast.notice.topic': message?.notice.topic };
  return inSpan('holdfast notification', { kind: 'CLIENT', values, root: true }, async (span) => {
    const outcome = await sending.send(channel, message, stopping);
    span.set({ 'holdfast.notice.status': outcome.status ?? undefined });
    if (outcome.problem !== null) span.end(outcome.problem);
    return outcome;
  });
};
