import type { S3Credentials } from './credentials.ts';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Address } from './address.ts';
import type { Patience } from './deadline.ts';

export interface S3Options {
  /** Default: where the SDK looks for them (variables AWS_…, its files, the role of the machine). */
  credentials?: S3Credentials | undefined;
  /** Default: 16. */
  connections?: number;
  patience?: Patience;
  /** Added to this machine's clock, in milliseconds. The SDK learns it from the first answer. */
  clockOffsetMs?: number;
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** How the SDK is set up: for one request a call, whole bodies, and timeouts that end. */
export function clientConfig(target: S3Address, options: S3Options, patience: Patience): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: options.connections ?? 16 };
  const { credentials, clockOffsetMs } = options;
  return {
    ...(target.region === undefined ? {} : { region: target.region }),
    ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey,
            ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
          },
        }),
    ...(clockOffsetMs === undefined ? {} : { systemClockOffset: clockOffsetMs }),
    forcePathStyle: target.forcePathStyle,
    maxAttempts: 1,
    // Servers of other makers refuse the newer checksums in trailers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Some servers do not answer it, and then each large put waits.
    expectContinueHeader: false,
    followRegionRedirects: false,
    logger: silent,
    requestHandler: {
      connectionTimeout: patience.connectTimeoutMs,
      socketTimeout: patience.silenceTimeoutMs,
      httpAgent: agent,
      httpsAgent: agent,
      logger: silent,
    },
  };
}
