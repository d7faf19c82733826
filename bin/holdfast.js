#!/usr/bin/env node
// The command, in a checkout and in a package. Plain JavaScript without imports of ours: whatever Node runs it gets as far
// as the sentence that says which one is needed.
import { existsSync, readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [major = 0, minor = 0] = engines.node.match(/\d+/g).map(Number);
const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);

if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) {
  const source = new URL('../src/cli/main.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href);
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
