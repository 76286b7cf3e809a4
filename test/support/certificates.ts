import { runInImage } from './throwaway.ts';

/** A certificate with its key, and the CA that signed it, in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** For `js_fetch_trusted_certificate`. */
  readonly ca: string;
}

const REQUEST = 'openssl req -x509 -nodes -days 1 -newkey ec -pkeyopt ec_paramgen_curve:P-256';

/**
 * Makes a certificate authority, and a server certificate signed by it.
 *
 * @param image where openssl is
 * @param name host name that the certificate is for
 */
export function makeCertificate(image: string, name: string): Certificate {
  const script = `cd /tmp &&
    ${REQUEST} -subj /CN=test-ca -keyout ca.key -out ca.crt &&
    ${REQUEST} -CA ca.crt -CAkey ca.key -subj /CN=${name} -keyout tls.key -out tls.crt \
      -addext subjectAltName=DNS:${name} -addext basicConstraints=critical,CA:FALSE &&
    cat tls.key && echo ===== && cat tls.crt && echo ===== && cat ca.crt`;
  const [key = '', cert = '', ca = ''] = runInImage(image, script).split('=====\n');
  return { key, cert, ca };
}
