import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { azureObjects } from '../../src/store/objects/azure.ts';
import { directoryObjects } from '../../src/store/objects/directory.ts';
import {
  parseAddress,
  type AzureAddress,
  type S3Address,
  type SftpAddress,
} from '../../src/store/objects/address.ts';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import { s3Objects } from '../../src/store/objects/s3.ts';
import { sftpObjects } from '../../src/store/objects/sftp.ts';
import { newContainer } from '../support/containers.ts';
import { newBucket } from '../support/buckets.ts';
import { withoutRgw } from '../support/rgw.ts';
import { sharedSshd, withoutSshd } from '../support/sshd.ts';
import { objectsConformance } from './objects-conformance.ts';

objectsConformance(
  'memory',
  async () => {
    const objects = memoryObjects();
    return { objects, another: async () => objects };
  },
  { conditional: 'in one step' },
);

objectsConformance(
  'directory',
  async (t) => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-objects-'));
    t.after(() => fs.rm(folder, { recursive: true }));
    const open = (name = folder) => directoryObjects({ address: pathToFileURL(name).href, path: name });
    return { objects: open(), another: async () => open(), nowhere: open(path.join(folder, 'none')) };
  },
  { conditional: 'creation in one step' },
);

objectsConformance(
  'S3 (Ceph RADOS Gateway)',
  async (t) => {
    const { address, credentials, close } = await newBucket(t);
    const open = (text = address) => s3Objects(parseAddress(text) as S3Address, { credentials });
    const another = async () => close(await open());
    const nowhere = close(await open(address.replace('s3://', 's3://not-')));
    return { objects: await another(), another, nowhere };
  },
  { conditional: 'in one step', skip: withoutRgw },
);

objectsConformance(
  'Azure (Azurite)',
  async () => {
    const { address, credentials } = await newContainer();
    const open = (text = address) => azureObjects(parseAddress(text) as AzureAddress, { credentials });
    return { objects: await open(), another: open, nowhere: await open(address.replace('/box-', '/not-')) };
  },
  { conditional: 'in one step' },
);

objectsConformance(
  'SFTP (OpenSSH)',
  async (t) => {
    const { user, port, hostKey, privateKeyFile, newFolder } = await sharedSshd();
    const folder = await newFolder();
    const open = async (name = folder) => {
      const address = `sftp://${user}@127.0.0.1:${port}${name}?hostKey=${encodeURIComponent(hostKey)}`;
      const objects = await sftpObjects(parseAddress(address) as SftpAddress, {
        credentials: { privateKeyFile },
      });
      t.after(() => objects.close());
      return objects;
    };
    return { objects: await open(), another: open, nowhere: await open(`${folder}/none`) };
  },
  { conditional: 'creation in one step', skip: withoutSshd },
);
