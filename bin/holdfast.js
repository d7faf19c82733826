#!/usr/bin/env node
// The command, in a checkout and in the published package. Plain JavaScript that loads nothing of ours at once: any Node
// gets as far as the sentence that says which one is needed, and the version is printed without the rest.
import { existsSync, readFileSync } from 'node:fs';

const { version, engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [major = 0, minor = 0] = engines.node.match(/\d+/g).map(Number);
const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);

if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) {
  const args = process.argv.slice(2);
  if (args.length === 1 && ['--version', '-V'].includes(args[0])) process.stdout.write(`${version}\n`);
  else {
    const source = new URL('../src/cli/main.ts', import.meta.url);
    await import(existsSync(source) ? source.href : new URL('../dist/cli.js', import.meta.url).href);
  }
} else {
  const error = 'Invalid configuration';
  const code = 'INVALID_CONFIGURATION';
  const message = `Node ${process.versions.node} is too old.`;
  const hint = `Use Node ${major}.${minor} or later. In a checkout of Holdfast, npm run -s holdfast -- runs on one that npm has installed.`;
  process.exitCode = 2;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error, code, message, hint }, null, 2)}\n`);
  } else process.stderr.write(`✗ ${error}: ${message}\n  ${hint}\n  ${code}, exit code 2\n`);
}
