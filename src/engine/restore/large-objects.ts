import { HoldfastError } from '../../base/errors.ts';
import type { Manifest } from '../../format/manifest.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { largeObjectStage } from '../../postgres/inspect/large-objects.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { readChunks } from '../read/chunk-reader.ts';
import type { ProgressMeter } from '../progress/meter.ts';

const objectsPerStatement = 1_000;

/**
 * Creates the large objects of a backup, in place of those with the same oid. Runs inside the caller's
 * transaction.
 * @returns how many
 */
export async function replaceLargeObjects(
  session: Session,
  store: Store,
  largeObjects: Manifest['largeObjects'],
  owners: boolean,
  meter: ProgressMeter,
): Promise<number> {
  const { objects } = largeObjects;
  if (objects.length === 0) return 0;
  for (let at = 0; at < objects.length; at += objectsPerStatement) {
    const oids = objects.slice(at, at + objectsPerStatement).map((object) => object.oid);
    await session.query(
      `select pg_catalog.lo_unlink(m.oid) from pg_catalog.pg_largeobject_metadata m where m.oid = any($1::pg_catalog.oid[])`,
      [oids],
    );
    await session.query(
      `select pg_catalog.lo_create(o.oid) from pg_catalog.unnest($1::pg_catalog.oid[]) o(oid)`,
      [oids],
    );
  }
  await session.execute(largeObjectStage.create);
  const rows = await session.copyIn(
    largeObjectStage.copy,
    readChunks(store, largeObjects.chunks, (stored) => meter.addStoredBytes(stored)),
  );
  if (rows !== largeObjects.rows) {
    throw new HoldfastError(
      'PROOF_FAILED',
      `The large objects have ${rows} pieces where the backup has ${largeObjects.rows}.`,
    );
  }
  await session.execute(`${largeObjectStage.fill}; ${largeObjectStage.drop}`);
  meter.addRawBytes(largeObjects.rawBytes);
  if (!owners) return objects.length;
  for (const object of objects) {
    await session.execute(
      `alter large object ${object.oid} owner to ${quoteIdentifier(object.owner)}; ${object.sql}`,
    );
  }
  return objects.length;
}
