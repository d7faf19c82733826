import { createContext, useCallback, useContext, useState, type ReactNode } from 'react';
import { ApiError } from '../data/client.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { KeyField } from './key-field.tsx';

/** Does `work` without a key, and where one is required again with the key that is asked for; false when none was given. */
type WithKey = (work: (identity?: string) => Promise<void>) => Promise<boolean>;

const KeyAsker = createContext<WithKey>(async (work) => {
  await work();
  return true;
});

/** For what may need the recovery key of an encrypted store. */
export function useKey(): WithKey {
  return useContext(KeyAsker);
}

export function isKeyRequired(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'KEY_REQUIRED';
}

interface Asked {
  why: string;
  work: (identity: string) => Promise<void>;
  done: (given: boolean) => void;
}

export function KeyProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const withKey = useCallback<WithKey>(async (work) => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isKeyRequired(error)) throw error;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      setAsked({ why: (error as ApiError).message, work, done: resolve });
      return promise;
    }
  }, []);
  return (
    <KeyAsker value={withKey}>
      {children}
      <AskKey
        asked={asked}
        onClose={() => {
          asked?.done(false);
          setAsked(null);
        }}
      />
    </KeyAsker>
  );
}

function AskKey({ asked, onClose }: { asked: Asked | null; onClose: () => void }) {
  const [key, setKey] = useState('');
  const close = (): void => {
    setKey('');
    onClose();
  };
  return (
    <ConfirmDialog
      opened={asked !== null}
      onClose={close}
      title="The recovery key is needed"
      confirmLabel="Go on with this key"
      keepLabel="Cancel"
      blocked={key.trim() === ''}
      onConfirm={async () => {
        await asked?.work(key);
        asked?.done(true);
      }}
    >
      <p>{asked?.why}</p>
      <KeyField value={key} onChange={setKey} />
    </ConfirmDialog>
  );
}
