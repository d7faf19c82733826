import type { AzureCredentials } from '../../src/store/objects/credentials.ts';
import { randomUUID } from 'node:crypto';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { sharedAzurite } from './azurite.ts';

export interface TestContainer {
  /** `azure://account/container/prefix?endpoint=…` */
  address: string;
  credentials: AzureCredentials;
  /** The SDK as it is, for what Holdfast never does. */
  client: ContainerClient;
}

/** An empty container of the Azurite that this test file has. */
export async function newContainer(): Promise<TestContainer> {
  const { endpoint, account, accountKey } = await sharedAzurite();
  const service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, accountKey));
  const client = service.getContainerClient(`box-${randomUUID()}`);
  await client.create();
  const address = `azure://${account}/${client.containerName}/shop/prod?endpoint=${endpoint}`;
  return { address, credentials: { accountKey }, client };
}
