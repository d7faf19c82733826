import { addNote } from '../utils/notes';

export default defineEventHandler(async (event) => {
  const { text } = await readBody<{ text: string }>(event);
  setResponseStatus(event, 201);
  return await addNote(text);
});
