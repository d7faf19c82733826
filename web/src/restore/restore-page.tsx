import { PageHeader } from '../parts/page-header.tsx';

export default function RestorePage() {
  return <PageHeader title="Restore" />;
}
