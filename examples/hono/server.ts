import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { backups } from './backups.ts';
import { addNote, allNotes, closeNotes } from './notes.ts';

const app = new Hono();
app.all('/api/admin/*', (context) => backups.fetch(context.req.raw));

app.get('/notes', async (context) => context.json(await allNotes()));
app.post('/notes', async (context) => {
  const { text } = await context.req.json<{ text: string }>();
  return context.json(await addNote(text), 201);
});
app.notFound((context) => context.json({ error: 'the application has no such page' }, 404));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
process.once('SIGTERM', () => {
  server.close();
  void Promise.all([backups.stop(), closeNotes()]);
});
