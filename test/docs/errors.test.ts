import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { errorsDocument, errorsFile } from '../../scripts/errors-doc.ts';

test('docs/ERRORS.md is what the catalogue says', async () => {
  const found = await fs.readFile(errorsFile, 'utf8');
  assert.equal(found, errorsDocument(), 'write it with: node scripts/errors-doc.ts');
});
