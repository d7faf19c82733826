/**
 * Makes the negative vectors of `holdfast/2`: `test/format/refused/documents.json`. Each is a whole backup, so that any
 * implementation can use it: a document and its chunks, which are those of `valid` but for what the vector says.
 *
 *   node scripts/refused.ts
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import { documentOf, writePieces } from '../src/engine/backup/write-manifest.ts';
import { keyText, signText, signingKey } from '../src/format/sealing/signatures.ts';
import { chunkPlace, madeUpManifest, madeUpTable } from '../test/format/made-up.ts';

type Json = Record<string, any>;
interface Backup {
  document: Json;
  /** Stored bytes, base64, by id; null for one that is missing. */
  chunks: Record<string, string | null>;
}
interface Vector extends Backup {
  name: string;
  /** The section of docs/FORMAT.md. */
  rule: string;
  code: string;
  /** What must be refused when it is read: the inventory, and not the manifest. */
  reads?: 'inventory';
}

const key = signingKey(createHash('sha256').update('a key for tests, which everybody knows').digest());
const another = signingKey(createHash('sha256').update('another one').digest());
const file = path.resolve(import.meta.dirname, '../test/format/refused/documents.json');

const valid = await validBackup();
const vectors: Vector[] = [];
addDocuments();
addHeaders();
addRoots();
addLines();
addChunks();
addInventories();
await fs.writeFile(
  file,
  `${JSON.stringify({ verify: keyText(key.publicKey), uuid: header(valid).uuid, valid, refused: vectors }, null, 2)}\n`,
);
await promisify(execFile)(path.resolve(import.meta.dirname, '../node_modules/.bin/oxfmt'), [file]);
console.log(`${vectors.length} vectors in ${file}`);

async function validBackup(): Promise<Backup> {
  const place = chunkPlace();
  const second = madeUpTable('second');
  const fewer = { rows: 69, rawBytes: 3_900_000 };
  Object.assign(second, fewer);
  const drops = { id: createHash('sha256').update('drops').digest('hex'), rawBytes: 4, storedBytes: 17 };
  Object.assign(second.ranges[0]!, fewer, { drops });
  const manifest = madeUpManifest([madeUpTable('first', 2), second]);
  manifest.largeObjects.objects.push({ oid: 5, owner: 'shop', sql: '' });
  manifest.totals.largeObjects = 1;
  manifest.warnings.push({ code: 'X', object: null, message: 'a warning', table: null });
  const written = await writePieces(manifest, (raw) => place.put(raw));
  const at = new Date('2026-01-02T03:04:05Z');
  const position = { store: 'vectors', counter: 3, previous: 'ab'.repeat(32) };
  const { document } = documentOf(written, position, {
    keys: { sealed: false, sign: key },
    at,
    about: null,
  });
  const chunks = [...place.chunks].map(([id, frame]) => [id, Buffer.from(frame).toString('base64')]);
  return { document: copy(document), chunks: Object.fromEntries(chunks) };
}

function copy<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function header({ document }: Backup): Json {
  return JSON.parse(document['header'] as string);
}

function root({ document }: Backup): Json {
  return JSON.parse(document['root'] as string);
}

/** Adds a backup in which `change` has changed something. */
function add(
  name: string,
  rule: string,
  change: (backup: Backup) => Backup | void,
  code = 'MANIFEST_INVALID',
): void {
  const backup = { document: copy<Json>(valid.document), chunks: {} };
  vectors.push({ name, rule, code, ...(change(backup) ?? backup) });
}

/** Writes a header and signs it. */
function setHeader(backup: Backup, of: unknown, signer = key): void {
  const text = typeof of === 'string' ? of : JSON.stringify(of);
  Object.assign(backup.document, { header: text, signature: signText(text, signer) });
}

/** Writes a root, and a header that names it. */
function setRoot(backup: Backup, of: unknown): void {
  const text = typeof of === 'string' ? of : JSON.stringify(of);
  Object.assign(backup.document, { root: text });
  setHeader(backup, { ...header(backup), rootHash: createHash('sha256').update(text).digest('hex') });
}

function changed(
  backup: Backup,
  of: (backup: Backup) => Json,
  set: typeof setRoot,
  change: (value: any) => void,
): void {
  const value = of(backup);
  change(value);
  set(backup, value);
}

function addDocuments(): void {
  add('a document that is no object', '2', () => ({ document: [], chunks: {} }));
  for (const format of ['holdfast/3', 'holdfast/2 ', 2, null]) {
    add(
      `the format ${JSON.stringify(format)}`,
      '2',
      ({ document }) => void Object.assign(document, { format }),
    );
  }
  for (const field of ['header', 'root']) {
    add(`no ${field}`, '2', ({ document }) => void delete document[field]);
    add(
      `${field} as an object`,
      '2',
      ({ document }) => void Object.assign(document, { [field]: JSON.parse(String(document[field])) }),
      'MANIFEST_INVALID',
    );
  }
  add('no signature', '3', ({ document }) => void delete document['signature'], 'SIGNATURE_INVALID');
  add(
    'the signature of another key',
    '3',
    (backup) => setHeader(backup, header(backup), another),
    'SIGNATURE_INVALID',
  );
  add(
    'a signature that says it is of the right key',
    '3',
    (backup) => {
      setHeader(backup, header(backup), another);
      Object.assign(backup.document['signature']!, { key: keyText(key.publicKey) });
    },
    'SIGNATURE_INVALID',
  );
  add(
    'a header that was changed after it was signed',
    '3',
    ({ document }) =>
      void Object.assign(document, {
        header: (document['header'] as string).replace('"counter":3', '"counter":4'),
      }),
    'SIGNATURE_INVALID',
  );
  add(
    'a space after the header',
    '3',
    ({ document }) => void Object.assign(document, { header: `${String(document['header'])} ` }),
    'SIGNATURE_INVALID',
  );
}

function addHeaders(): void {
  const change = (name: string, by: (value: any) => void): void =>
    add(name, '3', (backup) => changed(backup, header, setHeader as typeof setRoot, by));
  add('a header that is no JSON', '3', (backup) => setHeader(backup, '{'));
  add('a header that is nested', '3', (backup) =>
    setHeader(backup, `${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  );
  for (const field of [
    'format',
    'store',
    'uuid',
    'at',
    'counter',
    'previous',
    'sealed',
    'rootHash',
    'inventory',
  ]) {
    change(`a header without ${field}`, (value) => delete value[field]);
  }
  change('a header of another format', (value) => (value.format = 'holdfast/3'));
  change('the counter 0', (value) => (value.counter = 0));
  change('the header of another backup', (value) => (value.uuid = '6f1f2c1e-0000-4000-8000-00000000000f'));
  change('another hash of the root', (value) => (value.rootHash = '00'.repeat(32)));
  change('an inventory that is sealed', (value) => (value.inventory[0].storedHash = '00'.repeat(32)));
  change(
    'an inventory of a chunk that is too long',
    (value) => (value.inventory[0].rawBytes = 16 * 1024 * 1024 + 1),
  );
  add(
    'a root that was changed',
    '3',
    ({ document }) =>
      void Object.assign(document, {
        root: (document['root'] as string).replace('"shop"', '"shoq"'),
      }),
  );
  add(
    'a root that was cut short',
    '3',
    ({ document }) => void Object.assign(document, { root: (document['root'] as string).slice(0, -1) }),
  );
  add(
    'a root that is said to be sealed and is not',
    '3',
    (backup) => {
      setHeader(backup, { ...header(backup), sealed: true });
    },
    'KEY_REQUIRED',
  );
}

function addRoots(): void {
  const change = (name: string, by: (value: any) => void): void =>
    add(name, '4', (backup) => changed(backup, root, setRoot, by));
  add('a root that is no JSON', '4', (backup) => setRoot(backup, '{'));
  add('a root that is nested', '4', (backup) => {
    const text = JSON.stringify(root(backup));
    setRoot(backup, `{"x":${'['.repeat(50_000)}${']'.repeat(50_000)},${text.slice(1)}`);
  });
  add('the root of another backup', '4', (backup) => {
    setRoot(backup, { ...root(backup), uuid: '6f1f2c1e-0000-4000-8000-00000000000f' });
  });
  for (const field of [
    'uuid',
    'type',
    'requestedTables',
    'source',
    'snapshot',
    'settings',
    'roles',
    'extensions',
    'dumper',
    'largeObjects',
    'totals',
    'parts',
  ]) {
    change(`a root without ${field}`, (value) => delete value[field]);
  }
  change('a part of an unknown kind', (value) => (value.parts[0].kind = 'views'));
  change('a part that is said to be of another kind', (value) => (value.parts[0].kind = 'tables'));
  change('parts in another order', (value) => value.parts.reverse());
  change('a part whose id is no hash', (value) => (value.parts[0].id = '../../etc/passwd'));
  change('a part that is too long', (value) => (value.parts[0].rawBytes = 16 * 1024 * 1024 + 1));
  change('a part with a line more', (value) => value.parts[0].items++);
  change('a part with a line less', (value) => value.parts[0].items--);
  for (const at of [0, 1]) {
    change(`part ${at} twice`, (value) => value.parts.splice(at, 0, value.parts[at]));
  }
  change('the part of the tables left out', (value) => value.parts.splice(1, 1));
  change('the part of the large objects left out', (value) => value.parts.splice(3, 1));
  for (const total of ['tables', 'rows', 'rawBytes', 'largeObjects']) {
    change(`totals with one more of ${total}`, (value) => value.totals[total]++);
  }
}

/** Puts other lines in the place of the first part of a kind. */
function setLines(backup: Backup, kind: string, raw: Buffer | string, items?: number): void {
  const bytes = Buffer.from(raw);
  const frame = zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: bytes.length,
  });
  const id = createHash('sha256').update(frame).digest('hex');
  backup.chunks[id] = frame.toString('base64');
  const lines = items ?? bytes.filter((byte) => byte === 0x0a).length;
  changed(backup, root, setRoot, (value) => {
    const part = value.parts.find((each: any) => each.kind === kind);
    Object.assign(part, { id, rawBytes: bytes.length, storedBytes: frame.length, items: lines });
  });
}

function linesOf(kind: string): any[] {
  const { id } = (root(valid)['parts'] as any[]).find((each) => each.kind === kind);
  const raw = zstdDecompressSync(Buffer.from(valid.chunks[id]!, 'base64')).toString();
  return raw
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

function addLines(): void {
  const change = (name: string, kind: string, by: (lines: any[]) => void): void =>
    add(name, '5', (backup) => {
      const lines = linesOf(kind);
      by(lines);
      setLines(
        backup,
        kind,
        lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)) + '\n').join(''),
      );
    });
  change('a line that is no JSON', 'warnings', (lines) => lines.push('{'));
  change('an empty line', 'warnings', (lines) => lines.push(''));
  change('a line that is an array', 'warnings', (lines) => lines.push('[]'));
  change('a line with two fields', 'sequences', (lines) => (lines[0].warning = {}));
  change('a line with a field of an unknown name', 'tables', (lines) => lines.push({ index: {} }));
  change('a line with a field of an inherited name', 'tables', (lines) => lines.push({ constructor: {} }));
  change('a line of another kind', 'sequences', (lines) => lines.push(linesOf('warnings')[0]));
  change('drops that are null', 'tables', (lines) => (lines[6].range.drops = null));
  change('drops as numbers', 'tables', (lines) => (lines[6].range.drops = [1, 1]));
  change('drops whose id is no hash', 'tables', (lines) => (lines[6].range.drops.id = 'x'));
  /** Another range with drops, of 70 lines of 4 000 000 bytes; table and totals agree with it. */
  const dropping = (name: string, by: (range: any) => void): void =>
    add(name, '5', (backup) => {
      const lines = linesOf('tables');
      const { range } = lines[6];
      const { rows, rawBytes } = range;
      by(range);
      const [moreRows, moreBytes] = [range.rows - rows, range.rawBytes - rawBytes];
      lines[5].table.rows += moreRows;
      lines[5].table.rawBytes += moreBytes;
      setLines(backup, 'tables', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      changed(backup, root, setRoot, ({ totals }) => {
        totals.rows += moreRows;
        totals.rawBytes += moreBytes;
      });
    });
  dropping('fewer rows and bytes than there are, without drops', (range) => delete range.drops);
  dropping('fewer rows than lines, without drops', (range) => {
    delete range.drops;
    range.rawBytes = 4_000_000;
  });
  dropping('fewer bytes than those of the chunks, without drops', (range) => {
    delete range.drops;
    range.rows = 70;
  });
  dropping('drops of no line', (range) => (range.rows = 70));
  dropping('drops of no byte', (range) => (range.rawBytes = 4_000_000));
  dropping('drops that add rows', (range) => (range.rows = 71));
  dropping('drops that add bytes', (range) => (range.rawBytes = 4_000_001));
  dropping('drops of everything', (range) => Object.assign(range, { rows: 0, rawBytes: 0 }));
  dropping('drops of every byte', (range) => (range.rawBytes = 0));
  change('a range before any table', 'tables', (lines) => lines.unshift(lines[1]));
  change('a segment before any range', 'tables', (lines) => lines.splice(1, 1));
  change('chunks before any segment', 'tables', (lines) => lines.splice(2, 1, { chunks: [] }));
  change('a table twice', 'tables', (lines) => lines.push(...lines.slice(0, 5)));
  change('a table with the rows of another', 'tables', (lines) => lines.splice(3, 2));
  change('a range with a row more', 'tables', (lines) => lines[1].range.rows++);
  change('a segment with a line less', 'tables', (lines) => lines[2].segment.lines--);
  change('a chunk whose id is no hash', 'tables', (lines) => (lines[2].segment.chunks[0].id = 'x'));
  change('an entry twice', 'entries', (lines) => lines.push(lines[0]));
  change('a sequence twice', 'sequences', (lines) => lines.push(lines[0]));
  change('a large object twice', 'large-objects', (lines) => lines.push(lines[0]));
  change('an entry without its SQL', 'entries', (lines) => delete lines[0].entry.sql);
  change('a line that is nested', 'warnings', (lines) =>
    lines.push(`{"warning":${'['.repeat(8_000_000)}${']'.repeat(8_000_000)}}`),
  );
  change('a line of millions of values', 'warnings', (lines) =>
    lines.push(`{"warning":[${'[],'.repeat(5_000_000)}0]}`),
  );
  add('a last line without an end', '5', (backup) =>
    setLines(backup, 'warnings', JSON.stringify(linesOf('warnings')[0]), 0),
  );
  add('a line that is not UTF-8', '5', (backup) =>
    setLines(
      backup,
      'warnings',
      Buffer.concat([Buffer.from('{"warning":"'), Buffer.of(0xff), Buffer.from('"}\n')]),
    ),
  );
  add('a byte order mark', '5', (backup) =>
    setLines(backup, 'warnings', `\ufeff${JSON.stringify(linesOf('warnings')[0])}\n`),
  );
}

function addInventories(): void {
  const [{ id }] = header(valid)['inventory'] as any;
  const frame = Buffer.from(valid.chunks[id]!, 'base64');
  const text = zstdDecompressSync(frame).toString();
  const inventory = (name: string, by: (backup: Backup) => void, code?: string): void => {
    add(name, '6', by, code);
    vectors.at(-1)!.reads = 'inventory';
  };
  const written = (name: string, of: string): void =>
    inventory(name, (backup) => {
      const raw = Buffer.from(of);
      const made = zstdCompressSync(raw);
      const madeId = createHash('sha256').update(made).digest('hex');
      backup.chunks[madeId] = made.toString('base64');
      const items = of.split('\n').length - 1;
      const piece = { id: madeId, rawBytes: raw.length, storedBytes: made.length, items };
      setHeader(backup, { ...header(backup), inventory: [piece] });
    });
  inventory('the inventory is missing', ({ chunks }) => void (chunks[id] = null), 'CHUNK_MISSING');
  inventory(
    'the inventory is cut short',
    ({ chunks }) => void (chunks[id] = frame.subarray(0, -1).toString('base64')),
    'CHUNK_CORRUPT',
  );
  inventory('an inventory with a line less than its header says', (backup) => {
    const of = header(backup) as any;
    of.inventory[0].items++;
    setHeader(backup, of);
  });
  written('an inventory with an empty line', `${text}\n`);
  written(
    'an inventory in capitals',
    text.replace(/[a-f]/, (letter) => letter.toUpperCase()),
  );
  written('an inventory with two spaces', text.replace(' ', '  '));
  written('an inventory with carriage returns', text.replaceAll('\n', '\r\n'));
  written('an inventory with a length of 0', `${'ab'.repeat(32)} 0\n`);
  written('an inventory with another field', `${'ab'.repeat(32)} 1 ${'ab'.repeat(32)} 1\n`);
  written('an inventory whose last line has no end', text.slice(0, -1));
}

function addChunks(): void {
  for (const { kind, id } of root(valid)['parts'] as any[]) {
    add(`a part is missing: ${kind}`, '1', ({ chunks }) => void (chunks[id] = null), 'CHUNK_MISSING');
    const frame = Buffer.from(valid.chunks[id]!, 'base64');
    add(
      `a part is cut short: ${kind}`,
      '1',
      ({ chunks }) => void (chunks[id] = frame.subarray(0, -1).toString('base64')),
      'CHUNK_CORRUPT',
    );
    const flipped = Buffer.from(frame);
    flipped[flipped.length >> 1]! ^= 1;
    add(
      `a part with a bit changed: ${kind}`,
      '1',
      ({ chunks }) => void (chunks[id] = flipped.toString('base64')),
      'CHUNK_CORRUPT',
    );
  }
  const part = (name: string, by: (value: any) => void): void =>
    add(
      name,
      '1',
      (backup) => changed(backup, root, setRoot, (value) => by(value.parts[0])),
      'CHUNK_CORRUPT',
    );
  part('a part of another raw length', (value) => value.rawBytes++);
  part('a part of another stored length', (value) => value.storedBytes++);
  add(
    'a part that inflates to more than it claims',
    '1',
    (backup) => {
      setLines(backup, 'warnings', Buffer.alloc(32 * 1024 * 1024, 0x20), 0);
      changed(backup, root, setRoot, (value) => (value.parts.at(-1).rawBytes = 1000));
    },
    'CHUNK_CORRUPT',
  );
  add(
    'a part that is two frames',
    '1',
    (backup) => {
      const one = zstdCompressSync(Buffer.from('\n'));
      const frame = Buffer.concat([one, one]);
      const id = createHash('sha256').update(frame).digest('hex');
      backup.chunks[id] = frame.toString('base64');
      changed(backup, root, setRoot, (value) =>
        Object.assign(value.parts.at(-1), { id, rawBytes: 2, storedBytes: frame.length, items: 2 }),
      );
    },
    'CHUNK_CORRUPT',
  );
}
