import { PageHeader } from '../parts/page-header.tsx';

export default function SchedulePage() {
  return <PageHeader title="Schedule" />;
}
