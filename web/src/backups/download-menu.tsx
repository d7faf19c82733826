import { Button, Menu } from '@mantine/core';
import { client, type DownloadFormat } from '../data/client.ts';
import { requireReadable } from '../data/readable.ts';
import { useKey } from '../parts/ask-key.tsx';
import { Icon } from '../parts/icon.tsx';
import { useFailureNotice } from '../parts/notices.tsx';
import { saveBlob } from '../parts/save-file.ts';
import classes from './download-menu.module.css';

const formats: { format: DownloadFormat; name: string; about: string }[] = [
  { format: 'sql.zst', name: 'SQL, zstd', about: 'Smallest, sent as it is stored' },
  { format: 'sql.gz', name: 'SQL, gzip', about: 'Can be unpacked everywhere' },
  { format: 'sql', name: 'SQL, plain', about: 'Largest, ready for psql' },
  { format: 'holdfast', name: 'Bundle', about: 'As it is stored, for holdfast import' },
];

export function DownloadMenu({ id }: { id: number }) {
  return (
    <Menu position="bottom-end" width={310} shadow="md">
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" />}>
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <DownloadItems id={id} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** One item per format. Checks first that the backup is whole, because a download that breaks off cannot say why. */
export function DownloadItems({ id }: { id: number }) {
  const failed = useFailureNotice();
  const withKey = useKey();
  async function download(format: DownloadFormat): Promise<void> {
    try {
      await withKey(async (identity) => {
        if (identity !== undefined) {
          const answer = await client.download(id, format, { identity });
          saveBlob(nameIn(answer) ?? `backup-${id}.${format}`, await answer.blob());
          return;
        }
        await requireReadable(id);
        await client.checkDownload(id, format);
        const link = document.createElement('a');
        link.href = client.downloadUrl(id, format);
        link.download = '';
        link.click();
      });
    } catch (error) {
      failed(error);
    }
  }
  const items = formats.map(({ format, name, about }) => (
    <Menu.Item
      key={format}
      leftSection={<Icon name="download" size={16} />}
      onClick={() => void download(format)}
    >
      {name}
      <span className={classes.about}>{about}</span>
    </Menu.Item>
  ));
  return (
    <>
      <Menu.Label>Download</Menu.Label>
      {items}
    </>
  );
}

/** The name that the server gives the file. */
function nameIn(answer: Response): string | undefined {
  return /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
}
