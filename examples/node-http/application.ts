import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { addNote, allNotes, closeNotes } from './notes.ts';

export async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    if (request.url !== '/notes') return reply(404, { error: 'the application has no such page' });
    if (request.method === 'GET') return reply(200, await allNotes());
    const { text } = (await json(request)) as { text: string };
    return reply(201, await addNote(text));
  } catch (error) {
    return reply(500, { error: (error as Error).message });
  }
}

export async function end(): Promise<void> {
  await closeNotes();
}
