/** AlgorithmIdentifier of RSA, `rsaEncryption` with NULL (RFC 8017, appendix A.1). */
const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex');

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const SEQUENCE = 0x30;

/**
 * Writes a public key of RSA as SubjectPublicKeyInfo (RFC 5280, section 4.1), in DER.
 *
 * @param n modulus, big-endian, without zeros before it
 * @param e exponent, the same way
 */
export function encodeRsaKey(n: Buffer, e: Buffer): Buffer {
  const key = wrap(SEQUENCE, [toInteger(n), toInteger(e)]);
  // Of the last byte no bit is left over.
  return wrap(SEQUENCE, [RSA_ENCRYPTION, wrap(BIT_STRING, [Buffer.from([0]), key])]);
}

/** DER has signed numbers only: a zero byte keeps this one from being negative. */
function toInteger(bytes: Buffer): Buffer {
  const isNegative = ((bytes[0] as number) & 0x80) !== 0;
  return wrap(INTEGER, isNegative ? [Buffer.from([0]), bytes] : [bytes]);
}

function wrap(tag: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts as Buffer[]);
  const { length } = content;
  const size = length < 0x80 ? [length] : longForm(length);
  return Buffer.concat([Buffer.from([tag].concat(size)), content]);
}

/** DER wants no more bytes than are needed, also of the length itself. */
function longForm(length: number): number[] {
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
