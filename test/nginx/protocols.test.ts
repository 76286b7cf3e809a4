// The check before WebSocket, HTTP/2 and gRPC.

import http from 'node:http';
import http2 from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';
import { startGrpcServer, startSocketServer, type Upstream } from '../support/upstreams.ts';

interface Reply {
  readonly status: number;
  readonly sub: string;
  readonly body: string;
}

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let sockets: Upstream;
  let grpc: Upstream;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    sockets = await startSocketServer();
    grpc = await startGrpcServer();
    const settings = { key_file: '/keys.json', issuer: ISSUER };
    const locations = runtime.doors.flatMap((door) => [
      protect(door, {
        path: `/${door}/socket`,
        settings: { ...settings, token_from: 'protocol' },
        inside: `proxy_http_version 1.1; proxy_set_header Connection Upgrade;
          proxy_set_header Upgrade websocket; proxy_set_header X-JWT-Sub $jwt_claim_sub;
          proxy_pass http://${sockets.address};`,
      }),
      protect(door, {
        path: `/${door}/grpc`,
        settings,
        inside: `grpc_set_header X-JWT-Sub $jwt_claim_sub; grpc_pass grpc://${grpc.address};`,
      }),
    ]);
    const http = `server { listen 8080; http2 on;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await sockets?.[Symbol.asyncDispose]();
    await grpc?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    /** Shakes hands, and where that succeeds sends a line and waits for it. */
    function shakeHands(protocols: string | undefined): Promise<Reply> {
      return new Promise((resolve, reject) => {
        const request = http.request({
          host: '127.0.0.1',
          port: nginx.port,
          path: `/${door}/socket`,
          headers: {
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'X-JWT-Sub': 'root',
            ...(protocols !== undefined && { 'Sec-WebSocket-Protocol': protocols }),
          },
        });
        request.on('error', reject);
        request.on('response', ({ statusCode = 0 }) =>
          resolve({ status: statusCode, sub: '', body: '' }),
        );
        request.on('upgrade', ({ statusCode = 0, headers }, socket) => {
          socket.on('error', reject);
          socket.once('data', (chunk) => {
            socket.destroy();
            resolve({
              status: statusCode,
              sub: String(headers['x-seen-sub']),
              body: String(chunk),
            });
          });
          socket.write('hello');
        });
        request.end();
      });
    }

    test('a WebSocket opens for a token among its subprotocols', async () => {
      const token = await issuer.sign('ES256');
      const kubernetes = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
      for (const protocols of [`chat, bearer, ${token}`, `${kubernetes}, chat`]) {
        expect(await shakeHands(protocols)).toEqual({ status: 101, sub: 'alice', body: 'hello' });
      }
    });

    test('and for nothing else', async () => {
      const token = await issuer.sign('ES256', { iss: 'https://other/' });
      for (const protocols of [undefined, 'chat', 'bearer', `bearer, ${token}`, 'bearer, x']) {
        expect((await shakeHands(protocols)).status).toBe(401);
      }
    });

    /** One call of gRPC, which is a POST over HTTP/2. */
    async function call(headers: http2.OutgoingHttpHeaders): Promise<Reply & { grpc: string }> {
      const session = http2.connect(`http://127.0.0.1:${nginx.port}`);
      try {
        return await new Promise((resolve, reject) => {
          session.on('error', reject);
          const stream = session.request({
            ':method': 'POST',
            ':path': `/${door}/grpc/orders.Orders/Get`,
            'content-type': 'application/grpc',
            te: 'trailers',
            'x-jwt-sub': 'root',
            ...headers,
          });
          let answered: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
          let trailers: http2.IncomingHttpHeaders = {};
          let body = '';
          stream.setEncoding('latin1');
          stream.on('error', reject);
          stream.on('response', (given) => {
            answered = given;
          });
          stream.on('trailers', (given) => {
            trailers = given;
          });
          stream.on('data', (chunk) => {
            body += chunk;
          });
          stream.on('end', () =>
            resolve({
              status: answered[':status'] ?? 0,
              sub: String(answered['x-seen-sub'] ?? ''),
              body,
              grpc: String(trailers['grpc-status'] ?? ''),
            }),
          );
          stream.end('message');
        });
      } finally {
        session.close();
      }
    }

    test('gRPC over HTTP/2 passes with a token, body and trailers whole', async () => {
      const authorization = `Bearer ${await issuer.sign('ES256')}`;
      expect(await call({ authorization })).toEqual({
        status: 200,
        sub: 'alice',
        body: 'message',
        grpc: '0',
      });
    });

    test('and not without', async () => {
      for (const headers of [{}, { authorization: 'Bearer x' }]) {
        const { status, sub, body } = await call(headers);
        expect([status, sub]).toEqual([401, '']);
        expect(JSON.parse(body).status).toBe(401);
      }
    });
  });
});
