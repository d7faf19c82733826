import type { ChannelKind } from '../contract/channel-kinds.ts';
import type { Notice, Severity } from '../contract/notice.ts';
import { topicOf } from './address.ts';
import type { Call } from './call.ts';
import { atMost, paragraphsOf, plainText, subjectOf, type Outgoing } from './outgoing.ts';

/** What a receiver is sent. Limits of length are those that it documents. */
type Receiver = (url: URL, outgoing: Outgoing) => Call;

function json(url: URL, document: unknown, headers: Record<string, string> = {}): Call {
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(document),
  };
}

/** An address without one parameter, which goes elsewhere. */
function without(url: URL, parameter: string): { rest: URL; value: string } {
  const rest = new URL(url);
  rest.searchParams.delete(parameter);
  return { rest, value: url.searchParams.get(parameter) ?? '' };
}

/** Incoming webhooks of Slack, and of Mattermost and Rocket.Chat, which take the same. */
const slack: Receiver = (url, { notice }) => {
  const escaped = plainText(notice).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return json(url, { text: atMost(escaped, 4_000) });
};

/** https://discord.com/developers/docs/resources/webhook#execute-webhook */
const discord: Receiver = (url, { notice }) =>
  json(url, {
    embeds: [
      {
        title: atMost(subjectOf(notice), 256),
        description: atMost(paragraphsOf(notice).join('\n\n'), 4_096),
        timestamp: notice.at,
        color: colours[colourOf(notice)],
      },
    ],
    // Words of a database must call nobody by name.
    allowed_mentions: { parse: [] },
  });

/** A card for a workflow of Teams that posts what a webhook gets. */
const teams: Receiver = (url, { notice }) => {
  const block = (text: string, more: object = {}): object => ({
    type: 'TextBlock',
    text,
    wrap: true,
    ...more,
  });
  return json(url, {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            block(atMost(subjectOf(notice), 1_000), { weight: 'Bolder', size: 'Medium' }),
            ...paragraphsOf(notice).map((text) => block(atMost(text, 5_000))),
          ],
        },
      },
    ],
  });
};

/** https://docs.ntfy.sh/publish/#publish-as-json: to the root of the server, with the topic in the document. */
const ntfy: Receiver = (url, { notice }) => {
  const root = new URL(url);
  root.username = root.password = '';
  root.search = '';
  root.pathname = root.pathname.replace(/[^/]*\/?$/, '');
  const { nextStep } = notice;
  return json(
    root,
    {
      topic: topicOf(url),
      title: atMost(subjectOf(notice), 250),
      message: atMost(paragraphsOf(notice).join('\n\n'), 3_500),
      priority: { critical: 5, warning: 4, info: 3 }[notice.severity],
      tags: [{ red: 'rotating_light', amber: 'warning', green: 'white_check_mark' }[colourOf(notice)]],
      ...(nextStep?.page ? { click: nextStep.page } : {}),
    },
    loginOf(url),
  );
};

/** A user and a password; without a user, a token. */
function loginOf({ username, password }: URL): Record<string, string> {
  if (password === '') return {};
  const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
  if (user === '') return { Authorization: `Bearer ${secret}` };
  return { Authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
}

/** https://core.telegram.org/bots/api#sendmessage */
const telegram: Receiver = (url, { notice }) => {
  const { rest, value } = without(url, 'chat_id');
  rest.pathname = rest.pathname.replace(/(?:\/sendMessage)?\/?$/, '/sendMessage');
  return json(rest, {
    chat_id: value,
    text: atMost(plainText(notice), 4_096),
    link_preview_options: { is_disabled: true },
  });
};

const pagerSeverities: Record<Severity, string> = { critical: 'critical', warning: 'warning', info: 'info' };

/** https://developer.pagerduty.com/docs/send-alert-event */
const pagerduty: Receiver = (url, { notice }) => {
  const { rest, value } = without(url, 'routing_key');
  const { nextStep } = notice;
  const event = { routing_key: value, dedup_key: atMost(notice.key, 255) };
  if (notice.kind === 'recovery') return json(rest, { ...event, event_action: 'resolve' });
  return json(rest, {
    ...event,
    event_action: 'trigger',
    client: 'Holdfast',
    payload: {
      summary: atMost(subjectOf(notice), 1_024),
      source: notice.database,
      severity: pagerSeverities[notice.severity],
      timestamp: notice.at,
      component: 'backup',
      class: notice.topic,
      custom_details: {
        cause: notice.cause,
        last_good_backup: notice.lastGoodBackup,
        next_step: nextStep?.words ?? null,
        command: nextStep?.command ?? null,
      },
    },
    ...(nextStep?.page ? { links: [{ href: nextStep.page, text: 'Holdfast' }] } : {}),
  });
};

/** https://docs.opsgenie.com/docs/alert-api: create, and close by alias. */
const opsgenie: Receiver = (url, { notice }) => {
  const { rest, value } = without(url, 'key');
  const headers = { Authorization: `GenieKey ${value}` };
  const alias = atMost(notice.key, 512);
  if (notice.kind === 'recovery') {
    rest.pathname = `${rest.pathname.replace(/\/$/, '')}/${encodeURIComponent(alias)}/close`;
    rest.searchParams.set('identifierType', 'alias');
    return json(rest, { source: 'Holdfast', note: atMost(notice.cause, 25_000) }, headers);
  }
  return json(
    rest,
    {
      message: atMost(subjectOf(notice), 130),
      alias,
      description: atMost(paragraphsOf(notice).join('\n\n'), 15_000),
      source: 'Holdfast',
      entity: notice.database,
      tags: ['holdfast', notice.topic],
      priority: { critical: 'P1', warning: 'P3', info: 'P5' }[notice.severity],
    },
    headers,
  );
};

type Colour = 'red' | 'amber' | 'green';
const colours: Record<Colour, number> = { red: 0xc92a2a, amber: 0xe67700, green: 0x2b8a3e };

function colourOf({ kind, severity }: Notice): Colour {
  if (kind === 'recovery' || severity === 'info') return 'green';
  return severity === 'critical' ? 'red' : 'amber';
}

export const receivers: Readonly<
  Record<Exclude<ChannelKind, 'webhook' | 'email' | 'healthchecks'>, Receiver>
> = { slack, discord, teams, ntfy, telegram, pagerduty, opsgenie };
