import { z } from 'zod';
import { setting } from './setting.ts';

/** A connection string, or what the driver takes. */
const database = () => z.union([z.string().min(1), z.record(z.string(), z.unknown())]);
const storeName = z.string().min(1).max(2_000);

/** Also a part of the names of schemas and of the paths of stores. */
export const databaseName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,39}$/,
    'must be 1 to 40 of a-z, 0-9, _ and -, and begin with a letter or digit',
  );

const oneOfSeveral = z.union([
  z.string().min(1),
  z.strictObject({
    url: database(),
    directUrl: database().optional(),
    store: storeName.optional(),
    copyTo: z.union([storeName, z.array(storeName)]).optional(),
  }),
]);

/** A name in which `*` means anything. */
const pattern = z.string().min(1).max(200);
const patterns = z.union([pattern, z.array(pattern).min(1)]);

export const databasesSetting = setting(
  z
    .record(databaseName, oneOfSeveral)
    .refine((named) => Object.keys(named).length > 0, 'must name a database')
    .optional(),
  {
    variable: 'HOLDFAST_DATABASES',
    secret: true,
    otherwise: '`database` alone',
    meaning:
      'several databases by name instead of `database`: an address, or `{url, directUrl, store, copyTo}`; in the variable `name=ADDRESS`, separated by spaces. See [Several databases](#several-databases)',
  },
);

export const catalogSetting = setting(database().optional(), {
  variable: 'HOLDFAST_CATALOG_URL',
  as: 'text',
  secret: true,
  otherwise: 'the protected database itself',
  meaning:
    "a database for Holdfast's own tables and its store `database:`; see [Several databases](#several-databases)",
});

export const enrolSettings = z
  .strictObject({
    server: setting(database().optional(), {
      variable: 'HOLDFAST_ENROL_SERVER',
      as: 'text',
      secret: true,
      otherwise: 'the address of the first database',
      meaning: 'a server whose databases are protected by a rule: the address of any database there',
    }),
    include: setting(patterns.optional(), {
      variable: 'HOLDFAST_ENROL',
      as: 'list',
      otherwise: 'none',
      meaning:
        'names of databases there that are protected as soon as they are there, `*` for all; in the variable, separated by commas',
    }),
    exclude: setting(patterns.optional(), {
      variable: 'HOLDFAST_ENROL_EXCLUDE',
      as: 'list',
      otherwise: 'none',
      meaning: 'names of databases that are neither enrolled nor called unprotected',
    }),
  })
  .prefault({});

export const maxRunsSetting = setting(z.number().int().min(1).max(64).optional(), {
  variable: 'HOLDFAST_MAX_RUNS',
  as: 'number',
  otherwise: 'with several databases 4, with one no limit',
  meaning:
    'how many runs a process performs at once, over all its databases; a restore does not wait for a place',
});
