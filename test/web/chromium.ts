/** Chromium out of npm, for tests and screenshots. Used by scripts too, so nothing here may import node:test. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

/** A browser of the machine instead, where the one of npm does not run: it is for Linux on x86-64. */
const browserVariable = 'HOLDFAST_TEST_BROWSER';

/** Nothing that a browser does of its own accord may reach a network: the tests count every request. */
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** The same pixels on every machine. */
const steady = ['--font-render-hinting=none', '--force-color-profile=srgb'];

/** @throws with what to do, when there is no browser that starts */
export async function launchChromium(): Promise<Browser> {
  const own = process.env[browserVariable];
  try {
    if (own !== undefined) return await chromium.launch({ executablePath: own, args: [...quiet, ...steady] });
    const place = await unpacked();
    return await chromium.launch({
      executablePath: path.join(place, 'chromium'),
      // There is no sandbox for root, and in many a container for nobody. Nothing but our own page is opened.
      args: ['--no-sandbox', ...quiet, ...steady],
      env: {
        ...process.env,
        // NSS and the like, which a bare system lacks.
        LD_LIBRARY_PATH: path.join(place, 'al2023', 'lib'),
        FONTCONFIG_FILE: path.join(place, 'fonts.conf'),
      },
    });
  } catch (error) {
    throw new Error(
      `Chromium does not start: ${(error as Error).message}\n` +
        `Run npm install again, or name a Chrome or Chromium of this machine in ${browserVariable}.`,
      { cause: error },
    );
  }
}

/** The folder with the unpacked browser; unpacks it the first time, 200 MB. */
async function unpacked(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `the one from npm is for Linux on x86-64, and this is ${process.platform} ${process.arch}`,
    );
  }
  const manifest = JSON.parse(
    await fs.readFile(path.join(root, 'node_modules/@sparticuz/chromium/package.json'), 'utf8'),
  ) as { version: string };
  const cache = path.join(root, '.cache');
  const place = path.join(cache, `chromium-${manifest.version}`);
  if (await exists(path.join(place, 'fonts.conf'))) return place;

  // Unpacked elsewhere and renamed when whole, so that parallel test processes never see half of it.
  await fs.mkdir(cache, { recursive: true });
  const staging = await fs.mkdtemp(`${place}.`);
  try {
    await run(process.execPath, [path.join(import.meta.dirname, 'unpack-chromium.ts')], {
      env: { ...process.env, TMPDIR: staging },
    });
    await fs.writeFile(path.join(staging, 'fonts.conf'), fontsOf(place));
    // Losing the race against another process is as good as winning it.
    await fs.rename(staging, place).catch(async (error: unknown) => {
      if (!(await exists(path.join(place, 'fonts.conf')))) throw error;
    });
  } finally {
    await fs.rm(staging, { recursive: true, force: true });
  }
  return place;
}

/** Only the fonts that come with the browser, whatever the machine has. */
function fontsOf(place: string): string {
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    `  <dir>${path.join(place, 'fonts')}</dir>`,
    `  <cachedir>${path.join(place, 'font-cache')}</cachedir>`,
    '</fontconfig>',
    '',
  ].join('\n');
}

async function exists(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => undefined)) !== undefined;
}
