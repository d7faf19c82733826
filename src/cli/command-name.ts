import path from 'node:path';
import { shellWord } from '../base/shell-word.ts';

interface Surroundings {
  environment: Record<string, string | undefined>;
  /** The Node that runs us, and the file it runs. */
  executable: string;
  script: string;
  /** How the command was started. */
  folder: string;
}

/** Every command there is; what is printed before one of these is made into what can be called. */
export const commandNames = [
  'init',
  'status',
  'backup',
  'list',
  'show',
  'rows',
  'query',
  'diff',
  'history',
  'download',
  'restore',
  'undo',
  'globals',
  'guard',
  'verify',
  'drill',
  'certificate',
  'delete',
  'cleanup',
  'findings',
  'announce',
  'approvals',
  'audit',
  'copy',
  'export',
  'import',
  'serve',
  'worker',
  'databases',
  'doctor',
  'keygen',
  'store',
  'token',
  'channel',
  'start',
  'sql',
] as const;

/** How this command line is called from where the reader sits, so that what is printed works when it is copied. */
export function commandName({ environment, executable, script, folder }: Surroundings): string {
  const scripts = ['start', 'holdfast'];
  if (
    environment['npm_package_name'] === 'holdfast' &&
    scripts.includes(environment['npm_lifecycle_event'] ?? '')
  ) {
    return 'npm run -s holdfast --';
  }
  if (environment['npm_command'] === 'exec' || isInstalledAbove(folder, script)) return 'npx holdfast';
  if (path.basename(script) === 'holdfast' && isOnPath(environment, path.dirname(script))) return 'holdfast';
  // The node on PATH may be an older one that does not run this.
  return `${shellWord(executable)} ${shellWord(script)}`;
}

/** Whether npx finds this very installation from there. */
function isInstalledAbove(folder: string, script: string): boolean {
  const parts = script.split(path.sep);
  const at = parts.lastIndexOf('node_modules');
  if (at <= 0) return false;
  const application = parts.slice(0, at).join(path.sep) || path.sep;
  return folder === application || folder.startsWith(application.replace(/[/\\]?$/, path.sep));
}

function isOnPath(environment: Surroundings['environment'], folder: string): boolean {
  return (environment['PATH'] ?? '').split(path.delimiter).includes(folder);
}

/** How it is called in this process's own surroundings. */
export function thisCommand(): string {
  return commandName({
    environment: process.env,
    executable: process.execPath,
    script: process.argv[1] ?? 'holdfast',
    // npm runs scripts in the package's folder, from any folder.
    folder: process.env['INIT_CWD'] ?? process.cwd(),
  });
}

const ownCommand = new RegExp(
  String.raw`(?<![\w./-])holdfast (?=(?:${commandNames.join('|')})\b|<command>)`,
  'g',
);

/** Our own words, in which `holdfast list` and the like become what can be called from here. */
export function runnable(text: string, command: string = thisCommand()): string {
  return text.replaceAll(ownCommand, () => `${command} `);
}
