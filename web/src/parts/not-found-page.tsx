import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { EmptyState } from './notes.tsx';
import { PageHeader } from './page-header.tsx';
import { Panel } from './panel.tsx';

export function NotFoundPage() {
  return (
    <>
      <PageHeader title="Nothing here" />
      <Panel>
        <EmptyState
          title="There is no screen at this address."
          action={
            <Button component={Link} href="/">
              To the overview
            </Button>
          }
        />
      </Panel>
    </>
  );
}
