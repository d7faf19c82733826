/*
 * channel/ owns how a message reaches people: addresses of channels, what each kind of receiver takes, and the sending. It never
 * decides what is told or when, and never reads the catalog.
 */
import type { ChannelKind } from '../contract/channel-kinds.ts';

/** Why text is no address of a channel. Never echoes it. */
export class AddressProblem extends Error {}

/** Kinds that are known by the host of their address. */
const hosts: readonly [ChannelKind, RegExp][] = [
  ['slack', /^hooks\.slack(?:-gov)?\.com$/],
  ['discord', /^(?:(?:ptb|canary)\.)?discord(?:app)?\.com$/],
  ['teams', /\.(?:webhook\.office\.com|logic\.azure\.com|api\.powerplatform\.com)$/],
  ['ntfy', /^ntfy\.sh$/],
  ['telegram', /^api\.telegram\.org$/],
  ['pagerduty', /^events(?:\.eu)?\.pagerduty\.com$/],
  ['opsgenie', /^api(?:\.eu)?\.opsgenie\.com$/],
  ['healthchecks', /^hc-ping\.com$/],
];

/**
 * The kind of an address.
 * @param given what the caller says it is
 * @throws AddressProblem
 */
export function kindOf(text: string, given?: ChannelKind): ChannelKind {
  const url = URL.parse(text);
  if (!url || !['https:', 'http:', 'smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    throw new AddressProblem('must be a URL of https:, http:, smtp: or smtps:');
  }
  const mail = url.protocol.startsWith('smtp');
  if (mail !== (given === 'email') && (mail || given === 'email') && given !== undefined) {
    throw new AddressProblem(
      mail ? 'an address of smtp: is of the kind email' : 'of e-mail must begin with smtp: or smtps:',
    );
  }
  const kind =
    given ?? (mail ? 'email' : (hosts.find(([, host]) => host.test(url.hostname))?.[0] ?? 'webhook'));
  const problem = needs[kind]?.(url);
  if (problem !== undefined) throw new AddressProblem(problem);
  return kind;
}

/** What is missing in an address of a kind. */
const needs: Partial<Record<ChannelKind, (url: URL) => string | undefined>> = {
  email(url) {
    if (url.searchParams.getAll('to').flatMap(mailboxes).length === 0) {
      return 'must say who gets the mail: smtps://user:password@host/?from=backup@example.com&to=ops@example.com';
    }
    return url.searchParams.get('from')
      ? undefined
      : 'must say who the mail is from: …?from=backup@example.com&to=…';
  },
  ntfy: (url) => (topicOf(url) === '' ? 'must name the topic: https://ntfy.sh/TOPIC' : undefined),
  telegram: (url) =>
    /^\/bot[^/]+(?:\/sendMessage)?\/?$/.test(url.pathname) && url.searchParams.get('chat_id')
      ? undefined
      : 'must be https://api.telegram.org/botTOKEN/sendMessage?chat_id=CHAT',
  pagerduty: (url) =>
    url.searchParams.get('routing_key')
      ? undefined
      : 'must hold the key: https://events.pagerduty.com/v2/enqueue?routing_key=KEY',
  opsgenie: (url) =>
    url.searchParams.get('key') ? undefined : 'must hold the key: https://api.opsgenie.com/v2/alerts?key=KEY',
};

/** `a@example.com, b@example.com` */
export function mailboxes(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** The last part of the path. */
export function topicOf(url: URL): string {
  return decodeURIComponent(url.pathname.replace(/\/$/, '').split('/').at(-1) ?? '');
}

/**
 * An address as it may be shown. Of one of HTTP that is the host alone: in a path as in a query there may be a secret, and of most
 * receivers there is.
 */
export function shownAddress(text: string): string {
  const url = new URL(text);
  if (url.protocol.startsWith('smtp')) {
    const to = url.searchParams.getAll('to').flatMap(mailboxes);
    return `${url.protocol}//${url.host} to ${to.join(', ')}`;
  }
  const more = url.pathname.length > 1 || url.search !== '';
  return `${url.protocol}//${url.host}/${more ? '…' : ''}`;
}
