import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Points to go back to: a part of `Client`. */
export interface PointCalls {
  /** Takes a point before something risky. With `wait`, resolves when it is there. */
  createPoint(body?: shapes.PointBody, call?: CallOptions & { wait?: boolean }): Promise<shapes.Point>;
}

export function pointCalls(call: CallAddress): PointCalls {
  return {
    createPoint: async (body = {}, { wait, ...given } = {}) =>
      partOf(await call('POST /point', { body, query: { wait } }, given), 'point'),
  };
}
