import { HoldfastError } from './base/errors.ts';
import { parseOptions, type ConfigOptions } from './options.ts';
import { requireValid } from './option-problems.ts';
import { optionsSchema } from './settings.ts';

/** The default export of a configuration file: options, or a function that makes them. */
export type ConfigExport = ConfigOptions | (() => ConfigOptions | Promise<ConfigOptions>);

/**
 * Gives the default export of `holdfast.config.ts` its type, and returns it as it is.
 *
 *     export default defineConfig({ store: 's3://backups/shop', jobs: 4 });
 */
export function defineConfig<Config extends ConfigExport>(config: Config): Config {
  return config;
}

const configSchema = optionsSchema.partial();

/**
 * Checks what a configuration file says, before anything is put over it.
 * @throws INVALID_CONFIGURATION naming the file and each wrong option, never its value
 */
export function requireConfigOptions(values: unknown, file: string): ConfigOptions {
  const options = requireValid(configSchema, values, file) && (values as ConfigOptions);
  try {
    // What only shows when options are put together: an address that cannot be read, a store that has no address.
    parseOptions({ database: {}, ...options, auth: { ...options.auth, authorize: () => false } });
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const { code, message, hint, details } = error;
    throw new HoldfastError(code, `${file}: ${message}`, { hint, ...(details ? { details } : {}) });
  }
  return options;
}
