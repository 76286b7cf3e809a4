// What njs offers and njs-types 0.9.4 does not know, or knows too narrowly.

interface TextDecoderOptions {
  /** Keep a byte order mark instead of removing it. */
  ignoreBOM?: boolean;
}

interface TextDecoder {
  decode(bytes: Uint8Array): string;
}
