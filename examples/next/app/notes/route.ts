import { addNote, allNotes } from '../../lib/notes';

export const dynamic = 'force-dynamic';

export async function GET(): Promise<Response> {
  return Response.json(await allNotes());
}

export async function POST(request: Request): Promise<Response> {
  const { text } = (await request.json()) as { text: string };
  return Response.json(await addNote(text), { status: 201 });
}
