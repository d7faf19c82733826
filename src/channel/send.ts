import type { ChannelKind } from '../contract/channel-kinds.ts';
import type { DeliveryOutcome } from '../contract/channel.ts';
import { NotDelivered } from './allowed-hosts.ts';
import { call } from './call.ts';
import { sendMail } from './mail.ts';
import type { Outgoing } from './outgoing.ts';
import { receivers } from './receivers.ts';
import { sendTimeoutMs } from './send-limits.ts';
import { webhookCall } from './webhook.ts';

/** How one channel is reached. */
export interface Destination {
  kind: ChannelKind;
  url: string;
  /** Of a webhook. */
  secret: string | null;
}

/**
 * Sends a message, or calls a dead-man's address.
 * @param outgoing null for a call that says that all is well
 * @returns what came of it; a failure is no error
 * @throws the reason of `stopping` when that ended it: then nobody knows whether it has arrived
 */
export async function send(
  destination: Destination,
  outgoing: Outgoing | null,
  stopping?: AbortSignal,
): Promise<DeliveryOutcome> {
  const late = AbortSignal.timeout(sendTimeoutMs);
  const signal = stopping ? AbortSignal.any([late, stopping]) : late;
  try {
    // What does not look at the signal is left behind.
    const status = await Promise.race([deliver(destination, outgoing, signal), ended(signal)]);
    return { problem: null, status };
  } catch (error) {
    stopping?.throwIfAborted();
    if (error instanceof NotDelivered) return { problem: error.problem, status: error.status };
    if (late.aborted) return { problem: 'NO_ANSWER', status: null };
    throw error;
  }
}

async function deliver(
  { kind, url: text, secret }: Destination,
  outgoing: Outgoing | null,
  signal: AbortSignal,
): Promise<number> {
  const url = new URL(text);
  if (outgoing === null || kind === 'healthchecks') return call({ method: 'GET', url }, signal);
  if (kind === 'email') return sendMail(url, outgoing, signal);
  if (kind === 'webhook') return call(webhookCall(url, secret ?? '', outgoing, new Date()), signal);
  return call(receivers[kind](url, outgoing), signal);
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
