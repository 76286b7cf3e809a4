import http2 from 'node:http2';

/**
 * Opens some streams and resets them while the key fetch is under way.
 *
 * @param port port of nginx
 * @param path what to ask for
 * @param headers headers of each request
 */
export async function abortOverHttp2(
  port: number,
  path: string,
  headers: http2.OutgoingHttpHeaders,
): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const streams = Array.from({ length: 8 }, () => {
    const stream = session.request({ ':path': path, ...headers });
    stream.on('error', () => undefined);
    return stream;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (const stream of streams) {
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }
  session.destroy();
}
