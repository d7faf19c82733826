import { PageHeader } from '../parts/page-header.tsx';

export default function BackupsPage() {
  return <PageHeader title="Backups" />;
}
