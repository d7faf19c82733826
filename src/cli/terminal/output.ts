/*
 * terminal/ owns the terminal: printing, tables, colours, progress, questions, Ctrl-C. It never knows what is
 * printed.
 */
import { HoldfastError } from '../../base/errors.ts';
import { redact } from '../../base/redaction.ts';
import { redactedBody } from '../../base/redacted-body.ts';
import { stackOf } from '../../base/stack.ts';
import { runnable } from '../command-name.ts';
import { onStderr } from './style.ts';
import { printable } from './text.ts';

/** What the command line says of a database without our tables. */
export const notSetUp = 'Holdfast is not set up in this database.';

/** Whether the reader of our output has closed it (`holdfast list | head -1`). */
let readerGone = false;

export function stdoutIsClosed(): boolean {
  return readerGone;
}

/** A reader that leaves must not end a backup under way, nor end in a stack trace. */
export function tolerateClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    readerGone = true;
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

export function printLine(text: string): void {
  if (!readerGone) process.stdout.write(`${text}\n`);
}

export function printDocument(document: unknown): void {
  printLine(JSON.stringify(document, null, 2));
}

/** A remark beside the answer: on stderr, and not when --quiet. */
export function remark(invocation: { quiet: boolean }, text: string): void {
  if (!invocation.quiet) process.stderr.write(`${onStderr.dim(text)}\n`);
}

/** Anything thrown as an error of the catalogue. */
export function asHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const message = redact(error instanceof Error ? error.message : String(error));
  return new HoldfastError('INTERNAL', message, { cause: error });
}

/** Says what went wrong and what to do: the error's body with --json, sentences on stderr without. Returns the exit code. */
export function reportFailure(thrown: unknown, invocation: { json: boolean }): number {
  const error = asSaidHere(asHoldfastError(thrown));
  const hint = runnable(error.hint);
  // Hints are our own words, in which an example of a connection string is to stay whole.
  if (invocation.json) printDocument({ ...redactedBody(error), hint });
  else {
    const lines = [
      `${onStderr.red('✗')} ${onStderr.bold(`${error.definition.title}:`)} ${multiline(redact(error.message))}`,
    ];
    lines.push(...detailLines(error.details).map((line) => `    ${line}`));
    if (hint !== '') lines.push(`  ${multiline(hint)}`);
    lines.push(onStderr.dim(`  ${error.code}, exit code ${error.definition.exitCode}`));
    process.stderr.write(`${lines.join('\n')}\n`);
  }
  if (error.code === 'INTERNAL' && process.env['HOLDFAST_LOG_LEVEL'] === 'debug') {
    process.stderr.write(`${redact(stackOf(error))}\n`);
  }
  return error.definition.exitCode;
}

/** The API's message names an address to call; on the command line there is a command instead. */
function asSaidHere(error: HoldfastError): HoldfastError {
  if (error.code !== 'NOT_INITIALIZED') return error;
  return new HoldfastError('NOT_INITIALIZED', notSetUp, { hint: 'Run: holdfast init', cause: error });
}

function multiline(text: string): string {
  return text.split('\n').map(printable).join('\n    ');
}

const shownDetails = 12;

/** The lists among an error's details (tables, differences, problems), which are what to act on. */
function detailLines(details: Record<string, unknown> | undefined): string[] {
  const items = Object.values(details ?? {}).flatMap((value) => (Array.isArray(value) ? value : []));
  const lines = items
    .slice(0, shownDetails)
    .map((item: unknown) => `- ${printable(redact(detailText(item)))}`);
  if (items.length > shownDetails) lines.push(`… and ${items.length - shownDetails} more (--json shows all)`);
  return lines;
}

function detailText(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  return Object.values(item)
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(': ');
}
