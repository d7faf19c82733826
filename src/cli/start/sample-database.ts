import path from 'node:path';
import { openClient } from '../../postgres/connection.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../postgres/embedded/embedded.ts';
import { firstFreePort } from '../ports.ts';
import { createSampleShop, type ShopFigures } from '../sample-shop/sample-shop.ts';
import { explainRefusal } from './folder.ts';

const sampleName = 'shop';
// Beside the API's 4650, so that the connection string is the same at the next start.
const firstPort = 4700;

export interface SampleDatabase {
  server: EmbeddedServer;
  connectionString: string;
  /** What was loaded; null when it was there from an earlier start. */
  loaded: ShopFigures | null;
}

/** A PostgreSQL of our own in `folder`, with the sample shop in it from the first start on. */
export async function openSampleDatabase(
  folder: string,
  step: (text: string) => void,
): Promise<SampleDatabase> {
  step('Starting PostgreSQL');
  const server = await startEmbeddedServer({
    dataDirectory: path.join(folder, 'data'),
    port: await firstFreePort(firstPort, '127.0.0.1'),
  }).catch(async (error: unknown) => {
    throw await explainRefusal(folder, error);
  });
  try {
    return {
      server,
      connectionString: server.connectionString(sampleName),
      loaded: await loadOnce(server, step),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Loads the shop under another name and renames the database when it is whole: a start that is broken off leaves
 * nothing that looks like a shop, and a shop with dropped tables is not filled again unasked.
 */
async function loadOnce(
  server: EmbeddedServer,
  step: (text: string) => void,
): Promise<SampleDatabase['loaded']> {
  const target = { connectionString: server.connectionString() };
  const admin = await openClient(target, { applicationName: 'holdfast start' });
  try {
    const found = await admin.query('select from pg_catalog.pg_database where datname = $1', [sampleName]);
    if (found.rowCount !== 0) return null;
    step('Filling it with a sample shop');
    const unfinished = `${sampleName}_unfinished`;
    await admin.query(`drop database if exists ${unfinished}`);
    await admin.query(`create database ${unfinished} template template0`);
    const client = await openClient(target, { applicationName: 'holdfast start', database: unfinished });
    let loaded: ShopFigures;
    try {
      loaded = await createSampleShop(client);
    } finally {
      await client.end();
    }
    await admin.query(`alter database ${unfinished} rename to ${sampleName}`);
    return loaded;
  } finally {
    await admin.end();
  }
}
