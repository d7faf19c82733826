import Fastify from 'fastify';
import { toNodeHandler } from 'holdfast/node';
import { backups } from './backups.ts';
import { addNote, allNotes, closeNotes } from './notes.ts';

const app = Fastify();
const handleBackups = toNodeHandler(backups);
// In a plugin of its own, without Fastify's body parsers: the rest of the application keeps them.
await app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.all('/api/admin/*', (request, reply) => {
    reply.hijack();
    void handleBackups(request.raw, reply.raw);
  });
});

app.get('/notes', () => allNotes());
app.post<{ Body: { text: string } }>('/notes', async (request, reply) => {
  return await reply.status(201).send(await addNote(request.body.text));
});
app.setNotFoundHandler((_request, reply) => {
  void reply.status(404).send({ error: 'the application has no such page' });
});

// Not onClose: that comes after Fastify has waited for open connections, and the page keeps one open.
app.addHook('preClose', () => backups.stop());
app.addHook('onClose', () => closeNotes());
process.once('SIGTERM', () => void app.close());
await app.listen({ port: Number(process.env.PORT ?? 3000) });
