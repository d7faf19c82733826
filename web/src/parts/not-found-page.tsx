import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { EmptyState } from './notes.tsx';
import { PageHeader } from './page-header.tsx';
import { Panel } from './panel.tsx';

export function NotFoundPage() {
  return (
    <>
      <PageHeader title="Page not found" />
      <Panel>
        <EmptyState
          title="There is no page at this address."
          action={
            <Button component={Link} href="/">
              Go to the overview
            </Button>
          }
        />
      </Panel>
    </>
  );
}
