import { z } from 'zod';
import { setting } from './setting.ts';

/** Which rows belong to which tenant. */
export const tenantSettings = z
  .strictObject({
    column: setting(z.string().min(1).max(63).optional(), {
      variable: 'HOLDFAST_TENANT_COLUMN',
      as: 'text',
      otherwise: 'no tenants',
      meaning:
        'for restores of one tenant: the column that says whose a row is, such as `tenant_id`. Rows of tables without it are theirs where they refer to theirs by foreign keys; so is the row that the column itself refers to',
    }),
    except: setting(z.array(z.string().min(1).max(300)).max(10_000).default([]), {
      variable: 'HOLDFAST_TENANT_EXCEPT',
      as: 'list',
      meaning: 'tables that are shared by tenants all the same; in the variable, separated by commas',
    }),
  })
  .prefault({});
