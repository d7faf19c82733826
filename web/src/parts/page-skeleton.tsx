import { Skeleton } from '@mantine/core';

/** In the place of a screen that is on its way: of about its size, so that nothing jumps. */
export function PageSkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading">
      <Skeleton height={30} width={220} mb={34} />
      <Skeleton height={128} radius="md" mb={20} />
      <Skeleton height={300} radius="md" />
    </div>
  );
}
