import { redact } from './redaction.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Record<string, unknown>;

/** What the host application may supply; every message has been redacted before it arrives. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One JSON object a line on stderr, from `minimum` upwards. */
export function stderrLogger(minimum: LogLevel = 'info'): Logger {
  return {
    log(level, message, fields) {
      if (order[level] < order[minimum]) return;
      const line = JSON.stringify({ time: new Date().toISOString(), level, message, ...fields });
      process.stderr.write(`${redact(line)}\n`);
    },
  };
}

export const silentLogger: Logger = { log() {} };
