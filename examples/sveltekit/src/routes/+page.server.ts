import { allNotes } from '#lib/server/notes.ts';

export const load = async () => ({ notes: await allNotes() });
