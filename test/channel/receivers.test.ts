import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, shownAddress } from '../../src/channel/address.ts';
import { isRefused } from '../../src/channel/allowed-hosts.ts';
import { receivers } from '../../src/channel/receivers.ts';
import { send } from '../../src/channel/send.ts';
import { newWebhookSecret } from '../../src/channel/webhook.ts';
import type { Notice } from '../../src/contract/notice.ts';
import { openReceiver } from '../support/receiver.ts';

const notice: Notice = {
  kind: 'problem',
  topic: 'backup.failed',
  severity: 'critical',
  key: 'holdfast:7d6b:state',
  title: 'The last backup failed',
  cause: 'The last run failed: <disk> & @everyone.',
  lastGoodBackup: 'The last good backup is from 2026-11-27T02:00:00.000Z.',
  nextStep: {
    words: 'When the cause is gone, take one now:',
    command: 'holdfast backup',
    page: 'https://app.example.com/api/admin/ui/backups',
  },
  database: 'shop',
  since: '2026-11-28T02:00:00.000Z',
  at: '2026-11-28T02:00:01.000Z',
};
const over: Notice = {
  ...notice,
  kind: 'recovery',
  severity: 'info',
  title: 'Over: The last backup failed',
  nextStep: null,
};
const messageId = '5f4ac1c2-0d4f-4c5f-9a31-0f1f0d1b2c3d';

interface Sent {
  url: string;
  headers: Record<string, string>;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

function sentTo(kind: keyof typeof receivers, address: string, message: Notice = notice): Sent {
  assert.equal(kindOf(address), kind, 'known by its host');
  const { url, headers = {}, body } = receivers[kind](new URL(address), { messageId, notice: message });
  return { url: url.href, headers, body: JSON.parse(body!) };
}

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
test('Slack: text, with its three signs escaped', () => {
  const { url, body } = sentTo('slack', 'https://hooks.slack.com/services/T0/B0/secret');
  assert.equal(url, 'https://hooks.slack.com/services/T0/B0/secret');
  assert.deepEqual(Object.keys(body), ['text']);
  assert.match(body.text, /^\[shop\] The last backup failed\n\n/);
  assert.match(body.text, /&lt;disk&gt; &amp; @everyone/);
  assert.match(body.text, /holdfast backup\nhttps:\/\/app\.example\.com/);
});

// https://discord.com/developers/docs/resources/webhook#execute-webhook: embeds, and whom a message may mention.
test('Discord: an embed that mentions nobody', () => {
  const { body } = sentTo('discord', 'https://discord.com/api/webhooks/1/secret');
  assert.equal(body.embeds[0].title, '[shop] The last backup failed');
  assert.equal(body.embeds[0].timestamp, notice.at);
  assert.deepEqual(body.allowed_mentions, { parse: [] });
  const long = sentTo('discord', 'https://discord.com/api/webhooks/1/secret', {
    ...notice,
    cause: 'x'.repeat(9_000),
  });
  assert.equal(long.body.embeds[0].description.length, 4_096);
});

// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using: an adaptive card in a message.
test('Teams: an adaptive card', () => {
  const { body } = sentTo(
    'teams',
    'https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual?sig=secret',
  );
  assert.equal(body.type, 'message');
  const [{ contentType, content }] = body.attachments;
  assert.equal(contentType, 'application/vnd.microsoft.card.adaptive');
  assert.equal(content.type, 'AdaptiveCard');
  assert.equal(content.body[0].text, '[shop] The last backup failed');
});

// https://docs.ntfy.sh/publish/#publish-as-json: to the root, and https://docs.ntfy.sh/publish/#authentication
test('ntfy: a document with the topic, to the root of the server, with the login in a header', () => {
  const { url, headers, body } = sentTo('ntfy', 'https://ada:secret@ntfy.sh/backups');
  assert.equal(url, 'https://ntfy.sh/');
  assert.equal(headers['Authorization'], `Basic ${Buffer.from('ada:secret').toString('base64')}`);
  assert.equal(body.topic, 'backups');
  assert.equal(body.priority, 5);
  assert.equal(body.click, notice.nextStep!.page);
  assert.equal(
    sentTo('ntfy', 'https://:tk_secret@ntfy.sh/backups').headers['Authorization'],
    'Bearer tk_secret',
  );
});

// https://core.telegram.org/bots/api#sendmessage
test('Telegram: sendMessage of the bot', () => {
  const { url, body } = sentTo('telegram', 'https://api.telegram.org/bot1:secret?chat_id=-100');
  assert.equal(url, 'https://api.telegram.org/bot1:secret/sendMessage');
  assert.equal(body.chat_id, '-100');
  assert.ok(body.text.length <= 4_096);
});

// https://developer.pagerduty.com/docs/send-alert-event and …/docs/events-api-v2-overview
test('PagerDuty: an event triggers, and the recovery resolves the same', () => {
  const address = 'https://events.pagerduty.com/v2/enqueue?routing_key=secret';
  const { url, body } = sentTo('pagerduty', address);
  assert.equal(url, 'https://events.pagerduty.com/v2/enqueue');
  assert.deepEqual([body.routing_key, body.event_action, body.dedup_key], ['secret', 'trigger', notice.key]);
  assert.deepEqual(
    [body.payload.summary, body.payload.source, body.payload.severity],
    ['[shop] The last backup failed', 'shop', 'critical'],
  );
  const resolved = sentTo('pagerduty', address, over).body;
  assert.deepEqual(resolved, { routing_key: 'secret', dedup_key: notice.key, event_action: 'resolve' });
});

// https://docs.opsgenie.com/docs/alert-api#create-alert and #close-alert
test('Opsgenie: an alert is made, and the recovery closes it by its alias', () => {
  const address = 'https://api.opsgenie.com/v2/alerts?key=secret';
  const { url, headers, body } = sentTo('opsgenie', address);
  assert.equal(url, 'https://api.opsgenie.com/v2/alerts');
  assert.equal(headers['Authorization'], 'GenieKey secret');
  assert.deepEqual([body.alias, body.priority], [notice.key, 'P1']);
  assert.ok(body.message.length <= 130);
  assert.equal(
    sentTo('opsgenie', address, over).url,
    `https://api.opsgenie.com/v2/alerts/${encodeURIComponent(notice.key)}/close?identifierType=alias`,
  );
});

test('an address that lacks something is refused with what it lacks, and shown without secrets', () => {
  for (const [address, kind, words] of [
    ['ftp://x/', undefined, /https:/],
    ['smtp://host/?to=a@example.com', undefined, /who the mail is from/],
    ['smtp://host/?from=a@example.com', undefined, /who gets the mail/],
    ['smtp://host/?from=a@b.c&to=d@e.f', 'slack', /kind email/],
    ['https://api.telegram.org/bot1:s/sendMessage', undefined, /chat_id/],
    ['https://events.pagerduty.com/v2/enqueue', undefined, /routing_key/],
    ['https://api.opsgenie.com/v2/alerts', undefined, /key=KEY/],
    ['https://ntfy.sh/', undefined, /topic/],
  ] as const) {
    assert.throws(() => kindOf(address, kind), words);
  }
  assert.equal(kindOf('https://chat.example.com/hooks/1', 'slack'), 'slack');
  assert.equal(kindOf('https://alerts.example.com/1'), 'webhook');
  assert.equal(shownAddress('https://u:pw@alerts.example.com/secret?key=1'), 'https://alerts.example.com/…');
  assert.equal(
    shownAddress('smtps://u:pw@mail.example.com/?from=a@b.c&to=ops@b.c,cto@b.c'),
    'smtps://mail.example.com to ops@b.c, cto@b.c',
  );
});

test('link-local and metadata addresses are refused in each way to write them, and names that lead there', async (t) => {
  for (const address of [
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    'fd00:ec2::254',
    'fe80::1',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '224.0.0.1',
  ]) {
    assert.ok(isRefused(address), address);
  }
  for (const address of ['127.0.0.1', '::1', '10.0.0.1', '192.168.1.1', 'fd00::1', '203.0.113.9']) {
    assert.ok(!isRefused(address), address);
  }
  const outgoing = { messageId, notice };
  const destination = (url: string) => ({ kind: 'webhook' as const, url, secret: newWebhookSecret() });
  for (const url of [
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xA9.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'https://[fd00:ec2::254]/',
    // In the open, and not on a private network.
    'http://203.0.113.9/',
  ]) {
    assert.equal((await send(destination(url), outgoing)).problem, 'ADDRESS_REFUSED', url);
  }
  assert.equal((await send(destination('https://name.invalid/'), outgoing)).problem, 'NAME_UNKNOWN');
  assert.equal((await send(destination('http://127.0.0.1:1/'), outgoing)).problem, 'UNREACHABLE');

  const receiver = await openReceiver(t);
  const elsewhere = await openReceiver(t);
  receiver.answer = (_, response) => response.writeHead(307, { Location: elsewhere.url }).end();
  assert.deepEqual(await send(destination(receiver.url), outgoing), { problem: 'REDIRECTED', status: 307 });
  assert.equal(elsewhere.received.length, 0);
  assert.equal(receiver.received[0]!.headers.host, new URL(receiver.url).host);
  // Talks without end.
  receiver.answer = (_, response) => {
    response.writeHead(200);
    const talk = setInterval(() => response.write('x'.repeat(64 * 1_024)), 5);
    response.on('close', () => clearInterval(talk));
  };
  const began = performance.now();
  assert.deepEqual(await send(destination(receiver.url), outgoing), { problem: null, status: 200 });
  assert.ok(performance.now() - began < 5_000);
  receiver.answer = (_, response) => response.writeHead(403).end('a secret of the receiver');
  assert.deepEqual(await send(destination(receiver.url), outgoing), {
    problem: 'LOGIN_REFUSED',
    status: 403,
  });
  // HTTP where TLS is expected.
  assert.equal(
    (await send(destination(receiver.url.replace('http:', 'https:')), outgoing)).problem,
    'TLS_FAILED',
  );
});
