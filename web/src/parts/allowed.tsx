import { createContext, useContext, type ReactNode } from 'react';
import { mayCall, type ScopedCall } from '../../../src/contract/needed-scopes.ts';
import type { Scope } from '../../../src/contract/scopes.ts';

/** What the caller may do; nothing outside a session. */
export const HeldScopes = createContext<readonly Scope[]>([]);

/** Whether the caller may make a call. */
export function useMay(): (call: ScopedCall) => boolean {
  const held = useContext(HeldScopes);
  return (call) => mayCall(held, call);
}

/** What only those see who may make the call: others would be refused. */
export function Allowed({ to, children }: { to: ScopedCall; children: ReactNode }) {
  return useMay()(to) ? children : null;
}
