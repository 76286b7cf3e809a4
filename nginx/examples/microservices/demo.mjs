// The requests of the demo, with their answers.

const ALICE = '"claims":{"sub":"alice","email":"alice@example.com","role":"editor"}';
const BOTH_SEE_ALICE = `{"service":"a",${ALICE},"b":{"service":"b",${ALICE}}}`;

/**
 * @param {string} gateway its URL, without a path
 * @returns {import('../../../build/demo.mjs').DemoRequest[]}
 */
export default function requests(gateway) {
  const token = (query = '') => `$(curl -s '${gateway}/signer/example-token${query}')`;
  // In the middle of the signature: bits of its last character may count for nothing.
  const tamper = "sed 's/.\\{10\\}\\(.\\{20\\}\\)$/tampered--\\1/'";
  const tampered = `$(curl -s '${gateway}/signer/example-token' | ${tamper})`;
  const curl = (path = '', bearer = '', more = '') =>
    `curl -si ${gateway}${path}${bearer && ` -H "Authorization: Bearer ${bearer}"`}${more}`;
  return [
    {
      title: 'A good token, ES512: A learns who calls, and B from A',
      line: curl('/a/', token()),
      status: 200,
      text: BOTH_SEE_ALICE,
    },
    {
      title: 'A good token, RS256',
      line: curl('/a/', token('?alg=RS256')),
      status: 200,
      text: BOTH_SEE_ALICE,
    },
    {
      title: 'A good token beside a forged claim header',
      line: curl('/a/', token(), " -H 'X-JWT-Sub: mallory'"),
      status: 200,
      text: BOTH_SEE_ALICE,
    },
    {
      title: 'No token',
      line: curl('/a/'),
      status: 401,
      text: '"reason":"empty_token"',
    },
    {
      title: 'A tampered token',
      line: curl('/a/', tampered),
      status: 401,
      text: '"reason":"bad_signature"',
    },
    {
      title: 'An expired token',
      line: curl('/a/', token('?kind=expired')),
      status: 401,
      text: '"reason":"not_active"',
    },
    {
      title: 'A token of another issuer',
      line: curl('/a/', token('?kind=wrong-issuer')),
      status: 401,
      text: '"reason":"bad_issuer"',
    },
    {
      title: 'The same services with an error map of your own: a good token',
      line: curl('/own-errors/a/', token()),
      status: 200,
      text: BOTH_SEE_ALICE,
    },
    {
      title: 'No token',
      line: curl('/own-errors/a/'),
      status: 400,
      text: '"error": "token is empty"',
    },
    {
      title: 'No JWT at all',
      line: curl('/own-errors/a/', 'not-a-jwt'),
      status: 400,
      text: '"error": "token is malformed"',
    },
    {
      title: 'A tampered token',
      line: curl('/own-errors/b/', tampered),
      status: 400,
      text: '"error": "invalid signature"',
    },
    {
      title: 'An expired token',
      line: curl('/own-errors/b/', token('?kind=expired')),
      status: 403,
      text: '"error": "token is not active"',
    },
  ];
}
