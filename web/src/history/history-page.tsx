import { PageHeader } from '../parts/page-header.tsx';

export default function HistoryPage() {
  return <PageHeader title="History" />;
}
