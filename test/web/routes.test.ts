import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { operations } from '../../src/api/operations.ts';
import { neededScopes } from '../../src/contract/needed-scopes.ts';
import * as routes from '../../src/contract/routes/all.ts';
import { sourceFiles } from '../support/imports.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (folder: string): string[] =>
  sourceFiles(path.join(root, folder)).map((file) => fs.readFileSync(path.join(root, folder, file), 'utf8'));

/** Calls that the page does not make, each with the reason. */
const notOfThePage: Record<string, string> = {
  'DELETE /backup': 'the other address of DELETE /backup/{id}',
  'POST /point': 'for programs and scripts; on the page a backup is taken',
  'GET /openapi.json': 'for programs that make clients',
  'GET /metrics': 'for Prometheus',
  'GET /healthz': 'for load balancers and the like',
  'GET /readyz': 'for load balancers and the like',
  'GET /backup/{id}/certificate': 'the page takes a certificate with its drill',
  'POST /certificates': 'for the machine that made the drill: holdfast drill --report-to',
  'GET /findings/{id}': 'the list has all of it',
  'GET /verification/{id}': 'the list has all of it',
  'GET /scrub/{id}': 'the list has all of it',
  'GET /check/{id}': 'the list has all of it',
  'GET /import/{id}': 'the list has all of it',
  'GET /backup/cleanup/{id}': 'the list has all of it',
  'GET /backup/{id}/diff': 'the page asks by POST, as with rows',
  'GET /rows/history': 'the page asks by POST, where a key goes into no log of addresses',
  'GET /backup/{id}/rows': 'the page asks by POST, where a key goes into no log of addresses',
  'GET /backup/schedule/preview': 'POST answers it with the changes of the form',
  'GET /backup/retention/preview': 'POST answers it with the changes of the form',
  // The page edits the default schedule, and shows that there are others. Programs make these.
  'GET /schedules/{name}': 'named schedules are made by programs',
  'POST /schedules/{name}': 'named schedules are made by programs',
  'DELETE /schedules/{name}': 'named schedules are made by programs',
  'GET /schedules/{name}/preview': 'named schedules are made by programs',
  'POST /schedules/{name}/preview': 'named schedules are made by programs',
  'POST /schedules/{name}/retention/preview': 'named schedules are made by programs',
};

/** The addresses that each method of the client names. */
function addressesOfClient(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const text of read('src/client')) {
    let method: string | undefined;
    for (const line of text.split('\n')) {
      method = /^    (?:async )?(\w+)(?:: |\()/.exec(line)?.[1] ?? method;
      if (method === undefined) continue;
      for (const [, verb, at] of line.matchAll(/'(GET|POST|DELETE|HEAD) (\/[^']*)'/g)) {
        if (!found.has(method)) found.set(method, new Set());
        found.get(method)!.add(`${verb} ${at}`);
      }
    }
  }
  // Streams and files, which have no JSON.
  found.set('events', new Set(['GET /events']));
  return found;
}

const methods = addressesOfClient();
const page = read('web/src').join('\n');
const called = new Set([...page.matchAll(/\bclient\.(\w+)/g)].map(([, method]) => method!));
/** The methods of schedules have a second address, for the option `schedule`, which the page never gives. */
const ofNamedSchedule = (address: string): boolean => address.includes('/schedules/{name}');
/** And a first one without changes. */
const withoutChanges = (address: string): boolean => /^GET .*preview$/.test(address);
const used = new Set(
  [...called]
    .flatMap((method) => [...(methods.get(method) ?? [])])
    .filter((address) => !ofNamedSchedule(address)),
);
const every = Object.values(routes).map(({ method, path: at }) => `${method} ${at}`);

test('the page makes every call of the API, or there is a reason why it does not', () => {
  assert.ok(every.length > 50 && used.size > 40, 'the source is read as it is written');
  const without = every.filter((address) => !used.has(address) && !(address in notOfThePage));
  assert.deepEqual(without, [], 'give it a place in web/, or say here why it needs none');
});

test('no reason is given for a call that the page makes, or that is not there', () => {
  const wrong = Object.keys(notOfThePage).filter(
    (address) => !every.includes(address) || (used.has(address) && !withoutChanges(address)),
  );
  assert.deepEqual(wrong, []);
});

test('every method of the client that the page calls is one', () => {
  const known = new Set([...methods.keys(), 'downloadUrl', 'checkDownload', 'getBackupSchema', 'url']);
  const unknown = [...called].filter((method) => method !== 'ts' && !known.has(method));
  assert.deepEqual(unknown, []);
});

test('what the page thinks that a call needs is what is enforced', () => {
  const enforced = Object.fromEntries(operations.map(({ name, scope }) => [name as string, scope]));
  const wrong = Object.entries(neededScopes).filter(([call, scope]) => enforced[call] !== scope);
  assert.deepEqual(wrong, []);
});

/** Calls of screens and dialogs that one sees only where one may make them, or may do what leads there. */
const behindOthers = new Set([
  'changeChannel',
  'createToken',
  'deleteToken',
  'verifyAudit',
  'decideApproval',
  'cancelRestore',
  'undoRestore',
  'planUndo',
  'planGlobals',
  'planRestore',
  'init',
]);
/** What opens data of a backup is asked on its page, and answered there with what the caller lacks. */
const saysSo = new Set(['diffBackup', 'findRows', 'getBackupSchema', 'queryBackup', 'rowHistory']);

test('each call that needs more than to read is offered to those who may make it', () => {
  const source = read('web/src').join('\n');
  const offered = new Set(
    [...source.matchAll(/\bto="(\w+)"|\bmay\('(\w+)'\)/g)].map(([, one, other]) => one ?? other),
  );
  const without = Object.keys(neededScopes).filter(
    (call) => !offered.has(call) && !behindOthers.has(call) && !saysSo.has(call),
  );
  assert.deepEqual(without, []);
});
