import express from 'express';
import { toNodeHandler } from 'holdfast/node';
import { backups } from './backups.ts';
import { addNote, allNotes, closeNotes } from './notes.ts';

const app = express();
// Before or after the parsers, as you like.
app.use('/api/admin', toNodeHandler(backups));
app.use(express.json());

app.get('/notes', (_request, response, next) => {
  allNotes().then((notes) => response.json(notes), next);
});
app.post('/notes', (request, response, next) => {
  addNote(request.body.text).then((note) => response.status(201).json(note), next);
});
app.use((_request, response) => {
  response.status(404).json({ error: 'the application has no such page' });
});

const server = app.listen(Number(process.env.PORT ?? 3000));
process.once('SIGTERM', () => {
  server.close();
  void Promise.all([backups.stop(), closeNotes()]);
});
