import { PageHeader } from '../parts/page-header.tsx';

export default function NewBackupPage() {
  return <PageHeader title="New backup" />;
}
