/*
 * channels/ owns the screen of channels: who is told when backups are not well. It never shows an address whole.
 */
import { PageHeader } from '../parts/page-header.tsx';
import { Channels } from './channels.tsx';

export default function ChannelsPage() {
  return (
    <>
      <PageHeader title="Channels">
        Who is told when backups are not well, and when they are again: webhooks, e-mail, chats, on-call
        services.
      </PageHeader>
      <Channels />
    </>
  );
}
