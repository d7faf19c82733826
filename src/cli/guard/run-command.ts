import { spawn } from 'node:child_process';
import os from 'node:os';

export interface CommandEnd {
  started: boolean;
  /** Its own, or what a shell answers: 128 and the number of the signal, 126 or 127 when it could not be started. */
  exitCode: number;
  signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  problem?: string;
}

/** Signals that someone sends to this process and means the command. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/** A terminal sends these to every process in front, so that the command has them already. */
const ofTerminal: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/**
 * Runs a command with our standard input, output and error, passes signals on to it, and outlives it.
 * @param stdoutToStderr when our own answer is to be alone on stdout
 */
export function runCommand(
  [program = '', ...args]: readonly string[],
  { stdoutToStderr }: { stdoutToStderr: boolean },
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['inherit', stdoutToStderr ? process.stderr : 'inherit', 'inherit'],
    });
    const listeners = passedOn.map((signal) => {
      const pass = (): void => {
        if (!(process.stdin.isTTY && ofTerminal.has(signal))) child.kill(signal);
      };
      process.on(signal, pass);
      return () => process.off(signal, pass);
    });
    const end = (how: CommandEnd): void => {
      for (const forget of listeners) forget();
      resolve(how);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      const missing = error.code === 'ENOENT';
      end({
        started: false,
        exitCode: missing ? 127 : 126,
        signal: null,
        problem: missing ? 'there is no such command' : error.message,
      });
    });
    child.once('exit', (code, signal) =>
      end({
        started: true,
        exitCode: code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]),
        signal,
      }),
    );
  });
}
