import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { allowedAddress, NotDelivered, tlsFailure } from './allowed-hosts.ts';

export interface Call {
  method: 'GET' | 'POST';
  url: URL;
  headers?: Record<string, string>;
  body?: string;
}

/** Of the answer nothing is used but its status; a receiver that talks without end is not listened to. */
const answerLimitBytes = 64 * 1024;

/**
 * Sends one request of HTTP. Follows no redirect, and uses no proxy.
 * @param signal ends it, also while the receiver is silent
 * @returns the status, if it is 2xx
 * @throws NotDelivered
 */
export async function call({ method, url, headers, body }: Call, signal: AbortSignal): Promise<number> {
  const secure = url.protocol === 'https:';
  const host = await allowedAddress(url.hostname, !secure);
  signal.throwIfAborted();
  const status = await new Promise<number>((resolve, reject) => {
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const options: https.RequestOptions = {
      method,
      host,
      port: url.port || (secure ? 443 : 80),
      path: `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        'User-Agent': 'Holdfast',
        ...headers,
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
      },
      agent: false,
      signal,
      ...(secure && !isIP(name) ? { servername: name } : {}),
    };
    const request = (secure ? https : http).request(options, (response) => {
      const { statusCode = 0 } = response;
      let received = 0;
      response.on('data', (data: Buffer) => {
        received += data.length;
        if (received > answerLimitBytes) {
          resolve(statusCode);
          response.destroy();
        }
      });
      response.on('end', () => resolve(statusCode));
      response.on('error', () => resolve(statusCode));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const problem = tlsFailure.test(error.code ?? '') ? 'TLS_FAILED' : 'UNREACHABLE';
      reject(new NotDelivered(signal.aborted ? 'NO_ANSWER' : problem));
    });
    request.end(body);
  });
  if (status >= 200 && status < 300) return status;
  if (status >= 300 && status < 400) throw new NotDelivered('REDIRECTED', status);
  throw new NotDelivered(status === 401 || status === 403 ? 'LOGIN_REFUSED' : 'REFUSED', status);
}
