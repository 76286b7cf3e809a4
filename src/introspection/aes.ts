/** A key for AES that WebCrypto has imported; opaque. */
export interface AesKey {
  readonly type: string;
}

interface AesGcm {
  readonly name: 'AES-GCM';
  readonly iv: Uint8Array;
}

/**
 * The part of WebCrypto that encrypts, typed for what is passed to it here.
 *
 * @see https://nginx.org/en/docs/njs/reference.html#builtin_crypto
 */
interface Aes {
  importKey(
    format: 'raw',
    keyData: Uint8Array,
    algorithm: { readonly name: 'AES-GCM' },
    extractable: boolean,
    usages: string[],
  ): Promise<AesKey>;
  encrypt(algorithm: AesGcm, key: AesKey, data: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: AesGcm, key: AesKey, data: Uint8Array): Promise<ArrayBuffer>;
}

/** WebCrypto of nginx, or of Node in the unit tests. */
export const aes = crypto.subtle as unknown as Aes;
