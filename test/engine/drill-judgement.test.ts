import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../src/engine/drill/judgement.ts';
import { HoldfastError, type ErrorCode } from '../../src/index.ts';

/*
 * The server of `drill.url` may speak any language, and only a superuser may change that for a session. The servers that come with
 * npm have no translations, so the words of one that has are given here.
 */

const server = (code: ErrorCode, sqlState: string, message: string): HoldfastError =>
  new HoldfastError(code, message, { details: { sqlState } });

test('what a server lacks is not held against a backup, in whichever language it says so', () => {
  const lacking = [
    server('RESTORE_FAILED', '42704', 'Sortierfolge »de_CH.utf8« für Kodierung »UTF8« existiert nicht'),
    server('RESTORE_FAILED', '22023', 'ungültiger Locale-Name: »de_CH«'),
    server('RESTORE_FAILED', '55000', 'Bibliothek muss über shared_preload_libraries geladen werden'),
    server('RESTORE_FAILED', '58P01', 'konnte nicht auf Datei »$libdir/postgis-3« zugreifen'),
    server('RESTORE_FAILED', 'F0000', 'konnte Wörterbuchdatei nicht öffnen'),
    server('RESTORE_FAILED', '0A000', 'ICU wird in dieser Installation nicht unterstützt'),
    server('RESTORE_FAILED', '53100', 'auf dem Gerät ist kein Speicherplatz mehr verfügbar'),
    server('RESTORE_FAILED', '42501', 'keine Berechtigung für Schema public'),
    server('MATVIEW_REFRESH_FAILED', '57014', 'storniere Anfrage wegen Zeitüberschreitung der Anfrage'),
  ];
  for (const error of lacking) assert.equal(judge(error, true).verdict, 'inconclusive', error.message);
});

test('what is wrong with a backup fails it, whatever the words are', () => {
  const wrong = [
    server(
      'CONSTRAINT_VIOLATED',
      '23505',
      'doppelter Schlüsselwert verletzt Unique-Constraint »locale_pkey«',
    ),
    server('RESTORE_FAILED', '22P02', 'ungültige Eingabesyntax für Typ integer: »collation«'),
    server('RESTORE_FAILED', '42601', 'Syntaxfehler bei »tablespace«'),
    new HoldfastError('CHUNK_CORRUPT', 'A chunk is damaged.'),
  ];
  for (const error of wrong) assert.equal(judge(error, true).verdict, 'failed', error.message);
  // On a server that is unlike the source, only what is wrong anywhere counts.
  assert.deepEqual(
    wrong.map((error) => judge(error, false).verdict),
    ['inconclusive', 'inconclusive', 'inconclusive', 'failed'],
  );
});
