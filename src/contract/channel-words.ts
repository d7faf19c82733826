import { capitalized } from '../base/words.ts';
import type { ChannelKind } from './channel-kinds.ts';
import type { DeliveryOutcome } from './channel.ts';
import type { HealthWarning } from './health.ts';

/** How a kind of channel is called where people read it. */
export const channelKindWords: Readonly<Record<ChannelKind, string>> = {
  webhook: 'Webhook',
  email: 'E-mail',
  slack: 'Slack',
  discord: 'Discord',
  teams: 'Microsoft Teams',
  ntfy: 'ntfy',
  telegram: 'Telegram',
  pagerduty: 'PagerDuty',
  opsgenie: 'Opsgenie',
  healthchecks: 'Dead-man ping',
};

/** What came of an attempt, in a sentence or two. */
export function outcomeSentence({ problem, status }: DeliveryOutcome, kind: ChannelKind): string {
  const answered = status === null ? '' : ` (it answered ${status})`;
  switch (problem) {
    case null:
      return `The receiver took it${answered}.`;
    case 'NAME_UNKNOWN':
      return 'The name of the host is not known to DNS. Look for a slip of the pen in the address.';
    case 'ADDRESS_REFUSED':
      return 'Holdfast does not send there: the host is a link-local or metadata address, or plain HTTP or SMTP with a password would leave the private network. Use https: or smtps:.';
    case 'UNREACHABLE':
      return 'The host does not take connections at that port.';
    case 'TLS_FAILED':
      return 'No encrypted connection could be made: the certificate of the receiver is not valid for it, has expired, or is signed by an authority that this machine does not trust.';
    case 'NO_ANSWER':
      return 'The receiver did not answer in time.';
    case 'REDIRECTED':
      return `The receiver sends callers to another address${answered}, and Holdfast does not follow. Give the channel the address that it leads to.`;
    case 'LOGIN_REFUSED':
      return `The receiver refused the login${answered}: ${credentialWords[kind]} is wrong, or was revoked.`;
    case 'PACKAGE_MISSING':
      return 'E-mail needs the package nodemailer beside Holdfast. Run: npm install --save-exact nodemailer';
    case 'REFUSED':
      return `The receiver did not take the message${answered}.`;
  }
}

const credentialWords: Readonly<Record<ChannelKind, string>> = {
  webhook: 'what the address holds',
  email: 'the user or the password in the address',
  slack: 'the address of the incoming webhook',
  discord: 'the address of the webhook',
  teams: 'the address of the workflow',
  ntfy: 'the user, password or token in the address',
  telegram: 'the token of the bot',
  pagerduty: 'the routing key',
  opsgenie: 'the key of the integration',
  healthchecks: 'the address of the check',
};

/** For the health: why a channel takes nothing. */
export function channelFailing(
  {
    channel,
    since,
    waiting,
    givenUp,
    problem,
    status,
    kind,
  }: Extract<HealthWarning, { code: 'CHANNEL_FAILING' }>,
  time: (iso: string) => string,
): string {
  const failing = since === null ? [] : [`The channel ${channel} has taken nothing since ${time(since)}.`];
  const why = since === null || problem === null ? [] : [outcomeSentence({ problem, status }, kind)];
  const left = [
    ...(waiting > 0 ? [`${waiting === 1 ? 'a message waits' : `${waiting} messages wait`} for it`] : []),
    ...(givenUp > 0
      ? [
          `${givenUp === 1 ? 'one was given up' : `${givenUp} were given up`}${since === null ? ` for the channel ${channel}` : ''}`,
        ]
      : []),
  ].join(', ');
  return [...failing, ...why, ...(left === '' ? [] : [`${capitalized(left)}.`])].join(' ');
}
