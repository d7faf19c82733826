import { isIP } from 'node:net';
import { allowedAddress, NotDelivered, tlsFailure } from './allowed-hosts.ts';
import { mailboxes } from './address.ts';
import { paragraphsOf, subjectOf, type Outgoing } from './outgoing.ts';
import { sendTimeoutMs } from './send-limits.ts';

/**
 * Sends a message by SMTP. With a password the connection is encrypted, or it is to a private network.
 * @returns the code of the server's last answer
 * @throws NotDelivered
 */
export async function sendMail(
  url: URL,
  { messageId, notice }: Outgoing,
  signal: AbortSignal,
): Promise<number> {
  const { createTransport } = await loadMailer();
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isPrivate = await allowedAddress(host, true).then(
    () => true,
    () => false,
  );
  const address = await allowedAddress(host, false);
  signal.throwIfAborted();
  const transport = createTransport({
    host: address,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // Whatever the server offers: a password is not sent in the open across the network.
    requireTLS: user !== '' && !secure && !isPrivate,
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    tls: isIP(host) ? {} : { servername: host },
    connectionTimeout: sendTimeoutMs,
    greetingTimeout: sendTimeoutMs,
    socketTimeout: sendTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  const stop = (): void => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const sent = await transport.sendMail({
      from: url.searchParams.get('from') ?? '',
      to: url.searchParams.getAll('to').flatMap(mailboxes),
      subject: subjectOf(notice),
      text: paragraphsOf(notice).join('\n\n'),
      // The same when it is sent again: programs of mail show it once.
      messageId: `<${messageId}@holdfast>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return Number(/^\d{3}/.exec(sent.response)?.[0] ?? 250);
  } catch (error) {
    throw mailProblem(error as MailError);
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

interface MailError extends Error {
  code?: string;
  /** Of the socket, where `code` says which step failed. */
  originalCode?: string;
  responseCode?: number;
}

function mailProblem({ code = '', originalCode = '', responseCode }: MailError): NotDelivered {
  const status = responseCode ?? null;
  if (code === 'EAUTH' || code === 'ENOAUTH') return new NotDelivered('LOGIN_REFUSED', status);
  if (code === 'ETLS' || tlsFailure.test(originalCode)) return new NotDelivered('TLS_FAILED', status);
  if (code === 'ETIMEDOUT') return new NotDelivered('NO_ANSWER', status);
  return new NotDelivered(status === null ? 'UNREACHABLE' : 'REFUSED', status);
}

/** It is installed only where it is used. */
export async function loadMailer(): Promise<typeof import('nodemailer')> {
  try {
    return await import('nodemailer');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new NotDelivered('PACKAGE_MISSING');
  }
}
