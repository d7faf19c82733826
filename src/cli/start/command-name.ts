import path from 'node:path';

interface Surroundings {
  environment: Record<string, string | undefined>;
  /** The Node that runs us, and the file it runs. */
  executable: string;
  script: string;
}

/** How this command line is called from where the reader sits, so that what is printed works when it is copied. */
export function commandName({ environment, executable, script }: Surroundings): string {
  if (environment['npm_package_name'] === 'holdfast' && environment['npm_lifecycle_event'] === 'start') {
    return 'npm run -s holdfast --';
  }
  if (path.basename(script) === 'holdfast') {
    return environment['npm_command'] === 'exec' ? 'npx holdfast' : 'holdfast';
  }
  // The node on PATH may be an older one that does not run this.
  return `${shellWord(executable)} ${shellWord(script)}`;
}

/** Quoted for a POSIX shell where that is needed. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
