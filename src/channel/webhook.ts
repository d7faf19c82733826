import { createHmac, randomBytes } from 'node:crypto';
import type { Call } from './call.ts';
import type { Notice } from '../contract/notice.ts';
import type { Outgoing } from './outgoing.ts';

const prefix = 'whsec_';

/** What a webhook's messages are signed with. */
export function newWebhookSecret(): string {
  return prefix + randomBytes(24).toString('base64');
}

/** `backup.failed.problem`, `backup.failed.recovery`, `restore.done`, `test` */
function typeOf({ topic, kind }: Notice): string {
  return kind === 'done' || kind === 'test' ? topic : `${topic}.${kind}`;
}

/**
 * As Standard Webhooks 1.0 has it (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): id,
 * moment and body are signed together; a message that is sent again has the same id, and a moment and a signature of its own.
 */
export function webhookCall(url: URL, secret: string, { messageId, notice }: Outgoing, now: Date): Call {
  const body = JSON.stringify({
    type: typeOf(notice),
    timestamp: notice.at,
    data: notice,
  });
  const id = `msg_${messageId}`;
  const seconds = Math.floor(now.getTime() / 1_000);
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    method: 'POST',
    url,
    headers: {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}
