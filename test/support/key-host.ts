import { type Certificate, makeCertificate } from './certificates.ts';
import { type Behaviour, type KeyServer, startKeyServer } from './key-server.ts';
import { startNameServer } from './name-server.ts';
import type { Files } from './nginx.ts';
import type { Runtime } from './runtimes.ts';
import { hostAddress } from './throwaway.ts';

/** The name that the certificate of the key server is for. */
export const KEY_HOST = 'idp.test';

/** A name that leads to the key server too, and that its certificate does not have. */
export const OTHER_HOST = 'other.test';

/** A key server that `ngx.fetch` can reach: https, by a name that its own name server knows. */
export interface KeyHost extends AsyncDisposable {
  readonly keys: KeyServer;
  /** Scheme, name and port. */
  readonly origin: string;
  /** IPv4 address of the host. */
  readonly address: string;
  /** `resolver …;` */
  readonly resolver: string;
  /** `js_fetch_trusted_certificate …;` with the CA of the key server. */
  readonly trust: string;
  /** What {@link trust} names. */
  readonly files: Files;
  readonly certificate: Certificate;
}

/**
 * Starts a key server with everything that belongs to it.
 *
 * @param runtime whose image has openssl
 * @param behaviour what it does at first
 */
export async function startKeyHost(runtime: Runtime, behaviour: Behaviour): Promise<KeyHost> {
  const address = hostAddress(runtime.image);
  const certificate = makeCertificate(runtime.image, KEY_HOST);
  const keys = await startKeyServer(behaviour, certificate);
  const names = await startNameServer({ [KEY_HOST]: address, [OTHER_HOST]: address });
  return {
    keys,
    address,
    certificate,
    origin: `https://${KEY_HOST}:${keys.port}`,
    resolver: `resolver ${names.resolver};`,
    trust: 'js_fetch_trusted_certificate /ca.crt;',
    files: { '/ca.crt': certificate.ca },
    [Symbol.asyncDispose]: async () => {
      await keys[Symbol.asyncDispose]();
      await names[Symbol.asyncDispose]();
    },
  };
}
