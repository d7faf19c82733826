import { PageHeader } from '../parts/page-header.tsx';

export default function BackupPage({ id }: { id: number }) {
  return <PageHeader title={`Backup ${id}`} />;
}
