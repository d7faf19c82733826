import { readFileSync } from 'node:fs';
import { HoldfastError } from '../../base/errors.ts';
import { packageFile } from '../../base/package.ts';

/**
 * Loads the package that speaks with a kind of place; it is installed only where it is used.
 * @param load imports it
 * @throws STORE_DRIVER_MISSING naming the package and its version
 */
export async function loadDriver<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // A package of the driver's own may be what is missing; installing the driver anew brings it.
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const wanted = `${name}@${wantedVersion(name)}`;
    throw new HoldfastError(
      'STORE_DRIVER_MISSING',
      `This kind of backup store needs the package ${wanted}, which is not installed.`,
      { hint: `Run: npm install --save-exact ${wanted}`, details: { package: name }, cause: error },
    );
  }
}

function wantedVersion(name: string): string {
  const { peerDependencies } = JSON.parse(readFileSync(packageFile, 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  return peerDependencies[name] ?? 'latest';
}
