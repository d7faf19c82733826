import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { statementOf } from '../format/certificates.ts';
import { temporaryFolder } from '../cli/holdfast.ts';
import { certificateText, makeCertificate } from '../../src/format/certificate.ts';
import { keyText, newSigningKey } from '../../src/format/sealing/signatures.ts';

const lacking = ['jq', 'openssl'].filter((program) => spawnSync(program, ['--version']).error !== undefined);
const skip = lacking.length > 0 && `${lacking.join(', ')} not on PATH; install them to run this`;

test('the script of docs/PROOF.md checks a certificate, and refuses a changed one', { skip }, async (t) => {
  const page = await fs.readFile(path.join(import.meta.dirname, '../../docs/PROOF.md'), 'utf8');
  const [, script = ''] = /### Check one without Holdfast\n[^]*?```sh\n([^]*?)```/.exec(page)!;
  const key = newSigningKey();
  const text = certificateText(makeCertificate(statementOf({}), key));
  const run = async (certificate: string, KEY = keyText(key.publicKey)) => {
    const cwd = await temporaryFolder(t);
    await fs.writeFile(path.join(cwd, 'certificate.json'), certificate);
    return spawnSync('sh', ['-c', script], {
      cwd,
      env: { PATH: process.env['PATH'], KEY },
      encoding: 'utf8',
    });
  };
  const good = await run(text);
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /passed: backup [0-9a-f-]{36} of 2026/);
  assert.notEqual((await run(text.replace('passed', 'failed'))).status, 0);
  assert.notEqual((await run(text, keyText(newSigningKey().publicKey))).status, 0);
  const other = makeCertificate(statementOf({ verdict: 'failed' }), newSigningKey());
  assert.notEqual((await run(certificateText(other))).status, 0);
  const unsigned = makeCertificate(statementOf({}), undefined);
  assert.notEqual((await run(certificateText(unsigned))).status, 0);
});
