// First: the libraries look for the nonce when they are loaded.
import { styleNonce } from './nonce.ts';
import './mantine-styles.ts';
import './theme.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { queryClient } from './data/query-client.ts';
import { KeyProvider } from './parts/ask-key.tsx';
import { NoticeProvider } from './parts/notices.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { ShellSkeleton } from './shell/shell-skeleton.tsx';
import { cssVariables, theme } from './parts/theme.ts';
import { reloadWhenOutdated } from './outdated.ts';

reloadWhenOutdated();

const colorSchemes = localStorageColorSchemeManager({ key: 'holdfast-color-scheme' });

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemes}
      cssVariablesResolver={cssVariables}
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <NoticeProvider>
          <SessionGate loading={<ShellSkeleton />}>
            <KeyProvider>
              <App />
            </KeyProvider>
          </SessionGate>
        </NoticeProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
