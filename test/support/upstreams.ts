// Upstreams that speak something else than HTTP/1.1 requests and answers.

import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { HOST } from './nginx.ts';

/** An upstream that containers reach. */
export interface Upstream extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
}

/** Takes a WebSocket handshake, says who came, and sends back what it is sent. */
export async function startSocketServer(): Promise<Upstream> {
  const server = http.createServer((_request, response) => response.writeHead(426).end());
  const sockets = new Set<Socket>();
  server.on('upgrade', (request, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `X-Seen-Sub: ${request.headers['x-jwt-sub'] ?? ''}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {
    address: `${HOST}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers each call of gRPC with the message that came and `grpc-status: 0`. */
export async function startGrpcServer(): Promise<Upstream> {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => stream.close());
    stream.respond(
      { 'content-type': 'application/grpc', 'x-seen-sub': headers['x-jwt-sub'] ?? '' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {
    address: `${HOST}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) {
        session.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
