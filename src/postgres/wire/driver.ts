import type { Socket } from 'node:net';
import type pg from 'pg';

/*
 * What we use of pg that its type declarations leave out. No other file reads anything of pg that is not declared, so this
 * is the one to look at when pg has a new version.
 */

/** The driver's connection: the socket, and the messages that it knows how to write. */
export interface DriverConnection {
  readonly stream: Socket;
  query(text: string): void;
  parse(query: { text: string; name: string; types: number[] }): void;
  sync(): void;
  sendCopyFail(message: string): void;
  endCopyFrom(): void;
  on(
    event: 'parameterStatus',
    listener: (report: { parameterName: string; parameterValue: string }) => void,
  ): void;
  on(event: 'errorMessage', listener: (error: { inHotStandby?: boolean }) => void): void;
}

export function driverOf(client: pg.Client): DriverConnection {
  return (client as unknown as { connection: DriverConnection }).connection;
}

/** What the server, or a pooler in its place, said at login: by this a statement is cancelled. */
export function cancelKey(client: pg.Client): { processID: number; secretKey: number } {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  return { processID, secretKey };
}

/** A query of our own making: the driver submits it when its turn comes, and then hands it each message of the answer. */
export interface DriverQuery {
  submit(connection: DriverConnection): void;
  handleError(error: unknown): void;
  handleReadyForQuery(): void;
  handleCommandComplete(message: { text: string }): void;
  handleCopyInResponse(): void;
  handleCopyData(): void;
  handleRowDescription(): void;
  handleDataRow(): void;
  handlePortalSuspended(): void;
  handleEmptyQuery(): void;
}

/** The messages that a query of ours does not expect, or has no use for. */
export abstract class QuietQuery implements DriverQuery {
  abstract submit(connection: DriverConnection): void;
  abstract handleError(error: unknown): void;
  abstract handleReadyForQuery(): void;
  handleCommandComplete(_message: { text: string }): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}

/** Puts a query of ours in line: query() takes any object with these methods, though its types name only pg's own. */
export function submit(client: pg.Client, query: DriverQuery): void {
  (client as unknown as { query(query: DriverQuery): void }).query(query);
}
