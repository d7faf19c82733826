// An application of Express with each body parser before and after the mount; the header `x-order` says which. Copied beside an example.
import { createServer } from 'node:http';
import express from 'express';
import { toNodeHandler } from 'holdfast/node';
import { backups } from './backups.ts';

const handleBackups = toNodeHandler(backups);
const parsers = {
  json: express.json(),
  'json of everything': express.json({ type: '*/*', strict: false }),
  urlencoded: express.urlencoded({ extended: true }),
  text: express.text({ type: '*/*' }),
  raw: express.raw({ type: '*/*' }),
};

const applications = { 'in a router': express() };
const outer = express.Router();
const inner = express.Router();
inner.use('/admin', handleBackups);
outer.use('/api', express.json(), inner);
applications['in a router'].use(outer);
for (const [name, parser] of Object.entries(parsers)) {
  const before = express();
  before.use(parser);
  before.use('/api/admin', handleBackups);
  const after = express();
  after.use('/api/admin', handleBackups);
  after.use(parser);
  Object.assign(applications, { [`${name} before`]: before, [`${name} after`]: after });
}

const server = createServer((request, response) => {
  const order = request.headers['x-order'];
  if (order !== undefined) return applications[order](request, response);
  response.end(JSON.stringify(Object.keys(applications)));
}).listen(Number(process.env.PORT));
process.once('SIGTERM', () => {
  server.close();
  void backups.stop();
});
