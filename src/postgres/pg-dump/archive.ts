import { isUtf8 } from 'node:buffer';
import { HoldfastError } from '../../base/errors.ts';

/**
 * Reads the table of contents of pg_dump's custom format. Every text in it is preceded by its length, so
 * nothing that a database holds, names and function bodies included, can pass for structure.
 * The layout is that of PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c (WriteHead, WriteToc).
 */

export interface ArchiveEntry {
  dumpId: number;
  catalogOid: number;
  oid: number;
  tag: string;
  /** What kind of thing: TABLE, INDEX, ACL, … */
  description: string;
  section: 'none' | 'pre-data' | 'data' | 'post-data';
  definition: string;
  dropStatement: string;
  schema: string | null;
  /** `''` for the database's default; null for what has no storage. */
  tablespace: string | null;
  tableAccessMethod: string | null;
  /** pg_class.relkind of a table or view. */
  relationKind: string | null;
  owner: string | null;
  dependencies: number[];
}

export interface Archive {
  /** `18.3`, possibly followed by what a packager added. */
  dumperVersion: string;
  serverVersion: string;
  entries: ArchiveEntry[];
}

const magic = 'PGDMP';
const customFormat = 1;
/** The minor number of layout 1.x up to which the fields are known; 1.16 came with pg_dump 17. */
const newestLayout = 16;
const oldestLayout = 14;
const layoutWithCompressionByte = 15;
const layoutWithRelationKind = 16;
const timestampFields = 7;
/** In bytes: what a JavaScript number holds exactly. */
const largestInteger = 6;
const sections = ['none', 'pre-data', 'data', 'post-data'] as const;

/**
 * @throws BACKUP_FAILED when the bytes are no such archive, SERVER_NOT_SUPPORTED for a layout too new to know,
 *   ENCODING_NOT_SUPPORTED for texts that are not UTF-8, naming what they describe
 */
export function readArchive(bytes: Uint8Array): Archive {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let integerBytes = 0;
  /** Of the entry that is being read. */
  let allUtf8 = true;
  const notUtf8: string[] = [];

  const damaged = (what: string): HoldfastError =>
    new HoldfastError('BACKUP_FAILED', `The archive pg_dump wrote cannot be read: ${what} at byte ${at}`);

  function byte(): number {
    const value = buffer[at++];
    if (value === undefined) throw damaged('it ends');
    return value;
  }
  /** A byte for the sign, then the value, lowest byte first. */
  function integer(): number {
    const negative = byte() !== 0;
    if (at + integerBytes > buffer.length) throw damaged('it ends');
    const value = buffer.readUIntLE(at, integerBytes);
    at += integerBytes;
    return negative ? -value : value;
  }
  function text(): string | null {
    const length = integer();
    if (length < 0) return null;
    if (length === 0) return '';
    if (at + length > buffer.length) throw damaged('a text runs past its end');
    const bytesOfText = buffer.subarray(at, at + length);
    at += length;
    if (isUtf8(bytesOfText)) return bytesOfText.toString('utf8');
    allUtf8 = false;
    return escaped(bytesOfText);
  }
  function number(from: string | null): number {
    const value = Number(from ?? NaN);
    if (!Number.isSafeInteger(value)) throw damaged(`${from} is no number`);
    return value;
  }

  if (buffer.toString('latin1', 0, magic.length) !== magic) throw damaged('it does not begin as one');
  at = magic.length;
  const major = byte();
  const layout = byte();
  at += 1; // revision
  if (major !== 1 || layout > newestLayout || layout < oldestLayout) {
    throw new HoldfastError(
      'SERVER_NOT_SUPPORTED',
      `This pg_dump writes archives of layout ${major}.${layout}, known are 1.${oldestLayout} to 1.${newestLayout}.`,
      { hint: 'Upgrade Holdfast to a version that knows this pg_dump.' },
    );
  }
  integerBytes = byte();
  if (integerBytes < 1 || integerBytes > largestInteger) throw damaged(`integers of ${integerBytes} bytes`);
  const offsetBytes = byte();
  if (byte() !== customFormat) throw damaged('it is of another format');
  if (layout >= layoutWithCompressionByte) at += 1;
  else integer();
  for (let field = 0; field < timestampFields; field++) integer();
  text(); // database
  const serverVersion = text() ?? '';
  const dumperVersion = text() ?? '';

  const entries: ArchiveEntry[] = [];
  for (let left = integer(); left > 0; left--) {
    const dumpId = integer();
    integer(); // whether it has data
    const catalogOid = number(text());
    const oid = number(text());
    const tag = text() ?? '';
    const description = text() ?? '';
    const sectionNumber = integer();
    const section = sections[sectionNumber - 1];
    if (!section) throw damaged(`unknown section ${sectionNumber}`);
    const definition = text() ?? '';
    const dropStatement = text() ?? '';
    text(); // COPY statement
    const schema = text() || null;
    const tablespace = text();
    const tableAccessMethod = text() || null;
    const kindCode = layout >= layoutWithRelationKind ? integer() : 0;
    const relationKind = kindCode > 0 ? String.fromCharCode(kindCode) : null;
    const owner = text() || null;
    text(); // WITH OIDS, long gone
    const dependencies: number[] = [];
    for (let id = text(); id !== null; id = text()) dependencies.push(number(id));
    at += 1 + offsetBytes; // where the data would be
    if (at > buffer.length) throw damaged('it ends');
    if (!allUtf8) notUtf8.push(`${description} ${schema === null ? '' : `${schema}.`}${tag}`);
    allUtf8 = true;
    entries.push({
      dumpId,
      catalogOid,
      oid,
      tag,
      description,
      section,
      definition,
      dropStatement,
      schema,
      tablespace,
      tableAccessMethod,
      relationKind,
      owner,
      dependencies,
    });
  }
  if (notUtf8.length > 0) throw notInUtf8(notUtf8);
  return { dumperVersion, serverVersion, entries };
}

const named = 10;

function notInUtf8(objects: readonly string[]): HoldfastError {
  const more = objects.length > named ? ` and ${objects.length - named} more` : '';
  return new HoldfastError(
    'ENCODING_NOT_SUPPORTED',
    `Names or definitions contain bytes that are not UTF-8: ${objects.slice(0, named).join(', ')}${more}.`,
    { details: { objects } },
  );
}

/** `caf\xe9` */
function escaped(bytes: Uint8Array): string {
  return [...bytes]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`))
    .join('');
}
