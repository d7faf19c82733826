import express from 'express';
import { toNodeHandler } from 'holdfast/node';
import { backups } from './backups.ts';
import { addNote, allNotes, closeNotes } from './notes.ts';

const app = express();
app.use(express.json());
app.use('/api/admin', toNodeHandler(backups));

app.get('/notes', async (_request, response) => {
  response.json(await allNotes());
});
app.post('/notes', async (request, response) => {
  response.status(201).json(await addNote(request.body.text));
});
app.use((_request, response) => {
  response.status(404).json({ error: 'the application has no such page' });
});

const server = app.listen(Number(process.env.PORT ?? 3000));
process.once('SIGTERM', () => {
  server.close();
  void Promise.all([backups.stop(), closeNotes()]);
});
