/**
 * Unpacks the Chromium that @sparticuz/chromium carries into the directory for temporary files, which is the only
 * place that package knows: so this is a program of its own, started with TMPDIR set (see chromium.ts).
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';

const packed = path.resolve(fileURLToPath(import.meta.resolve('@sparticuz/chromium')), '../../bin');
for (const file of await fs.readdir(packed)) await inflate(path.join(packed, file));
