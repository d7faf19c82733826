import { addNote, allNotes } from '#lib/server/notes.ts';

export async function GET(): Promise<Response> {
  return Response.json(await allNotes());
}

export async function POST({ request }: { request: Request }): Promise<Response> {
  const { text } = (await request.json()) as { text: string };
  return Response.json(await addNote(text), { status: 201 });
}
