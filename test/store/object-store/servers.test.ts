import type { ObjectsCredentials } from '../../../src/store/objects/credentials.ts';
import type { TestContext } from 'node:test';
import { memoryIndex } from '../../../src/store/object-store/memory-index.ts';
import { parseAddress, type ObjectsAddress } from '../../../src/store/objects/address.ts';
import type { Objects } from '../../../src/store/objects/objects.ts';
import { openObjects } from '../../../src/store/objects/open.ts';
import { newBucket } from '../../support/buckets.ts';
import { newContainer } from '../../support/containers.ts';
import { withoutRgw } from '../../support/rgw.ts';
import { sharedSshd, withoutSshd } from '../../support/sshd.ts';
import { storeConformance } from '../conformance.ts';
import { opened } from './combinations.ts';

async function open(t: TestContext, address: string, credentials: ObjectsCredentials): Promise<Objects> {
  const objects = await openObjects(parseAddress(address) as ObjectsAddress, credentials);
  t.after(() => objects.close());
  return objects;
}

/** Places that real servers have. */
const servers: [name: string, skip: string | false, place: (t: TestContext) => Promise<Objects>][] = [
  [
    'S3 (Ceph RADOS Gateway)',
    withoutRgw,
    async (t) => {
      const { address, credentials } = await newBucket(t);
      return open(t, address, { s3: credentials });
    },
  ],
  [
    'Azure (Azurite)',
    false,
    async (t) => {
      const { address, credentials } = await newContainer();
      return open(t, address, { azure: credentials });
    },
  ],
  [
    'SFTP (OpenSSH)',
    withoutSshd,
    async (t) => {
      const { user, port, hostKey, privateKeyFile, newFolder } = await sharedSshd();
      const address = `sftp://${user}@127.0.0.1:${port}${await newFolder()}?hostKey=${encodeURIComponent(hostKey)}`;
      return open(t, address, { sftp: { privateKeyFile } });
    },
  ],
];

for (const [name, skip, place] of servers) {
  storeConformance(
    `objects in ${name}`,
    async (t) => opened(await place(t), { index: memoryIndex(), another: memoryIndex }),
    skip,
  );
}
