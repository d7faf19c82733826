import { HoldfastError } from '../base/errors.ts';
import { chosenOptions } from '../databases/named.ts';
import { createBackupSystem } from '../index.ts';
import { parseOptions } from '../options.ts';
import { serveOver } from './http-server.ts';
import type { Invocation } from './invocation.ts';
import { databaseAnswers, optionsFor } from './system.ts';
import { onInterrupt } from './terminal/interrupt.ts';
import { printDocument, printLine, remark } from './terminal/output.ts';

/** Serves until it is told to stop. @throws INVALID_CONFIGURATION without a token, an identity provider, and a check of requests in the configuration file */
export async function serve(invocation: Invocation, address: { port: number; host: string }): Promise<void> {
  const options = await optionsFor(invocation);
  const { token, authorize, oidc } = options.auth;
  if (token === undefined && authorize === undefined && oidc === undefined) {
    throw new HoldfastError(
      'INVALID_CONFIGURATION',
      'HOLDFAST_TOKEN is not set. Holdfast does not serve without a token.',
      {
        hint: 'Set it to a secret of at least 16 characters: export HOLDFAST_TOKEN=$(openssl rand -hex 24). Or set HOLDFAST_OIDC_ISSUER, with what belongs to it.',
      },
    );
  }
  const { basePath } = parseOptions(chosenOptions(options));
  const system = createBackupSystem(options);
  const interrupted = Promise.withResolvers<void>();
  const forget = onInterrupt(() => interrupted.resolve(), undefined, {
    answers: () => databaseAnswers(invocation),
    givingUp: () =>
      process.stderr.write(
        'The database does not answer. The next process that sees the run of this one marks it as interrupted.\n',
      ),
  });
  try {
    const served = await serveOver(system, address.port, address.host);
    const url = served.origin + basePath;
    if (invocation.json) printDocument({ url, page: `${url}/ui/`, openapi: `${url}/openapi.json` });
    else printLine(`Serving ${url}, and the admin page at ${url}/ui/. Ctrl-C stops it.`);
    // A database that is down now may be up when the first call comes: not a reason not to serve.
    await system
      .start()
      .catch((error: Error) => remark(invocation, `The database does not answer yet: ${error.message}`));
    await interrupted.promise;
    remark(invocation, 'Stopping.');
    await served.stop();
  } finally {
    forget();
    await system.stop();
  }
}
