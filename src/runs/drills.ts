import { redact } from '../base/redaction.ts';
import type { NewDrill } from '../catalog/drills.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';
import { hasDrillTarget } from './scratch-target.ts';

/** A database that does not let it be asked, such as a standby, is asked again after this time. */
const againAfterMs = 3_600_000;
/** How often it is looked whether a drill is due. */
const lookEveryMs = 3_600_000;

/** Orders a drill when one is due, in one of many processes. */
export interface DueDrills {
  /** Never fails. @returns whether one was ordered */
  order(): Promise<boolean>;
}

export function dueDrills(context: RunContext): DueDrills {
  const { catalog, settings, logger } = context;
  const { everyDays } = settings.drill;
  let notBefore = -Infinity;
  return {
    async order() {
      if (everyDays === 0 || !hasDrillTarget(context) || performance.now() < notBefore) return false;
      notBefore = performance.now() + lookEveryMs;
      try {
        const due = await catalog.drills.due(everyDays);
        const access = due && (await accessTo(context, due.store));
        if (!access) return false;
        const drill = { ...due, trigger: 'schedule' } as const;
        if (access === 'plain') return await catalog.drills.orderDue(drill);
        return await orderHere(context, drill);
      } catch (error) {
        notBefore = performance.now() + againAfterMs;
        const failure = databaseFailure(error);
        logger.log('warn', `no drill could be ordered: ${redact(failure.message)}`, { code: failure.code });
        return false;
      }
    },
  };
}

/** An encrypted store whose key is not here is drilled elsewhere: holdfast drill --store … --identity … --report-to …. */
async function accessTo({ stores }: RunContext, name: string): Promise<'plain' | 'by key' | undefined> {
  try {
    const { keys } = await stores.open(name);
    if (!keys.sealed) return 'plain';
    return keys.open && 'by key';
  } catch {
    return undefined;
  }
}

/** Another process may have no key, so this one alone performs it. */
async function orderHere({ catalog, keys }: RunContext, drill: NewDrill): Promise<boolean> {
  const ticket = await keys.keep({});
  let ordered = false;
  try {
    ordered = await catalog.drills.orderDue(drill, ticket);
  } finally {
    if (ordered) keys.ordered(ticket);
    else await keys.forget(ticket);
  }
  return ordered;
}
