import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { send } from '../../src/channel/send.ts';
import type { Notice } from '../../src/contract/notice.ts';

interface Mail {
  from: string;
  to: string[];
  text: string;
}

async function mailServer(t: TestContext, options: SMTPServerOptions) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    logger: false,
    ...options,
    onAuth({ username, password }, _session, callback) {
      const good = username === 'ada' && password === 'pass word';
      callback(
        good ? null : new Error('no: planted words of the server'),
        good ? { user: 'ada' } : undefined,
      );
    },
    onData(stream, { envelope }, callback) {
      let text = '';
      stream.on('data', (data: Buffer) => (text += data.toString()));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text,
        });
        callback();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { mails, port: (server.server.address() as AddressInfo).port };
}

const notice: Notice = {
  kind: 'problem',
  topic: 'backup.late',
  severity: 'critical',
  key: 'holdfast:1:state',
  title: 'A backup that was due is missing\r\nBcc: thief@example.com',
  cause: 'The backup due at 2026-11-28T02:00:00.000Z is missing.',
  lastGoodBackup: 'The last good backup is from 2026-11-27T02:00:00.000Z.',
  nextStep: { words: 'Take one now:', command: 'holdfast backup', page: null },
  database: 'shop',
  since: null,
  at: '2026-11-28T03:00:00.000Z',
};
const outgoing = { messageId: '5f4ac1c2-0d4f-4c5f-9a31-0f1f0d1b2c3d', notice };

const destination = (url: string) => ({ kind: 'email' as const, url, secret: null });

test('e-mail goes to each of those named, with the same id each time, and no header of the text', async (t) => {
  const { mails, port } = await mailServer(t, {
    authOptional: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
  });
  const address = `smtp://ada:pass%20word@127.0.0.1:${port}/?from=backup@example.com&to=ops@example.com,cto@example.com`;
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await send(destination(address), outgoing), { problem: null, status: 250 });
  }
  const [first, second] = mails;
  assert.deepEqual([first!.from, first!.to], ['backup@example.com', ['ops@example.com', 'cto@example.com']]);
  const idOf = ({ text }: Mail): string | undefined => /^Message-ID: (.*)$/im.exec(text)?.[1]?.trim();
  assert.equal(idOf(first!), `<${outgoing.messageId}@holdfast>`);
  assert.equal(idOf(second!), idOf(first!));
  assert.match(first!.text, /^Subject: \[shop\] A backup that was due is missing/m);
  assert.doesNotMatch(first!.text, /^Bcc:/im);
  assert.match(first!.text, /holdfast backup/);
  const wrong = await send(destination(address.replace('pass%20word', 'wrong')), outgoing);
  assert.deepEqual(wrong, { problem: 'LOGIN_REFUSED', status: 535 });
});

test('a certificate that nobody vouches for is refused, as is a server that is silent', async (t) => {
  const { mails, port } = await mailServer(t, { secure: true, authOptional: true });
  const outcome = await send(
    destination(`smtps://127.0.0.1:${port}/?from=a@example.com&to=b@example.com`),
    outgoing,
  );
  assert.equal(outcome.problem, 'TLS_FAILED');
  assert.equal(mails.length, 0);
  const nobody = await send(destination('smtp://127.0.0.1:1/?from=a@example.com&to=b@example.com'), outgoing);
  assert.equal(nobody.problem, 'UNREACHABLE');
});
