import { Skeleton } from '@mantine/core';

/** Placeholder while a screen loads, of about its size. */
export function PageSkeleton() {
  return (
    <div role="group" aria-busy="true" aria-label="Loading">
      <Skeleton height={30} width={220} mb={34} />
      <Skeleton height={128} radius="md" mb={20} />
      <Skeleton height={300} radius="md" />
    </div>
  );
}
