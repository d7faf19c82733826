import type { Command } from 'commander';
import { runnable } from './command-name.ts';
import { printDocument, printLine, reportFailure } from './terminal/output.ts';

/** What the global options say. */
export interface Invocation {
  json: boolean;
  quiet: boolean;
  databaseUrl: string | undefined;
  /** The name of one of several databases. */
  database: string | undefined;
  schema: string | undefined;
  /** The configuration file that is named; false for none. */
  config: string | false | undefined;
}

/** What a command answers: the same thing for programs and for people. */
export interface Answer {
  document: unknown;
  text: string;
  /** When the answer itself says that something is wrong. Default 0. */
  exitCode?: number;
}

export type Work<Options> = (
  invocation: Invocation,
  options: Options,
  args: string[],
) => Promise<Answer | void>;

/** A command's action: runs the work, prints its answer or its failure, and sets the exit code. */
export function action<Options>(work: Work<Options>): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals();
    const invocation: Invocation = {
      json: options['json'] === true,
      quiet: options['quiet'] === true,
      databaseUrl: options['databaseUrl'] as string | undefined,
      database: options['database'] as string | undefined,
      schema: options['schema'] as string | undefined,
      config: options['config'] as string | false | undefined,
    };
    try {
      const answer = await work(invocation, options as Options, command.args);
      if (answer) {
        if (invocation.json) printDocument(answer.document);
        else if (answer.text !== '') printLine(answer.text);
        process.exitCode = answer.exitCode ?? 0;
      }
    } catch (error) {
      process.exitCode = reportFailure(error, invocation);
    }
  };
}

/** The part of --help that shows how it is used. */
export function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  return `\nExamples:\n${lines.map(([command, meaning]) => `  # ${meaning}\n  ${runnable(command)}`).join('\n\n')}\n`;
}
