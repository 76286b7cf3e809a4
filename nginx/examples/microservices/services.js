// Microservices A and B of microservices.conf. Neither knows what a token is: who calls is what the
// gateway says in its headers. Stand-ins for services in any language; A hands the token on to B.

/** js_content: A asks B through the gateway, as any other client would, and tells both views. */
function a(r) {
  const claims = receivedClaims(r);
  return ngx
    .fetch(r.variables.service_b, { headers: { Authorization: r.headersIn.Authorization || '' } })
    .then((reply) => reply.json())
    .then(
      (answer) => sendJson(r, 200, { service: 'a', claims: claims, b: answer }),
      () => sendJson(r, 502, { service: 'a', claims: claims, error: 'no answer from b' }),
    );
}

/** js_content: B tells who calls. */
function b(r) {
  sendJson(r, 200, { service: 'b', claims: receivedClaims(r) });
}

function receivedClaims(r) {
  return {
    sub: r.headersIn['X-JWT-Sub'] || '',
    email: r.headersIn['X-JWT-Email'] || '',
    role: r.headersIn['X-JWT-Role'] || '',
  };
}

function sendJson(r, status, value) {
  r.headersOut['Content-Type'] = 'application/json';
  r.return(status, `${JSON.stringify(value)}\n`);
}

export default { a, b };
