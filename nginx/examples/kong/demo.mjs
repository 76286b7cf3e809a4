// The requests of the demo, with their answers.

const HELLO = 'Hello world!';
const KEY = '1nzcMG9Xg7n1lLgmltHnkAmkt7yp4fjZ';

/**
 * @param {string} gateway its URL, without a path
 * @returns {import('../../../build/demo.mjs').DemoRequest[]}
 */
export default function requests(gateway) {
  const token = (query = '') => `$(curl -s '${gateway}/login/token?${query}')`;
  const curl = (path = '', bearer = '', more = '') =>
    `curl -si ${gateway}${path}${bearer && ` -H "Authorization: Bearer ${bearer}"`}${more}`;
  return [
    {
      title: 'The document: no token',
      line: curl('/api'),
      status: 401,
      text: '{"message":"Unauthorized"}',
    },
    { title: 'A good token', line: curl('/api', token()), status: 200, text: HELLO },
    {
      title: 'The key is named in the header, which counts as well',
      line: curl('/api', token('in=header')),
      status: 200,
      text: HELLO,
    },
    {
      title: 'What the gateway tells the API, beside a forged header',
      line: curl('/api/headers', token(), " -H 'X-Consumer-Username: mallory'"),
      status: 200,
      text: `"x-consumer-username":"login_server_issuer","x-credential-identifier":"${KEY}"}`,
    },
    {
      title: 'A token signed with another secret',
      line: curl('/api', token('secret=another-secret')),
      status: 401,
      text: '{"message":"Invalid signature"}',
    },
    {
      title: 'A key that nobody has',
      line: curl('/api', token('kid=wrong')),
      status: 401,
      text: '{"message":"No credentials found for given \'kid\'"}',
    },
    {
      title: 'A token that has expired',
      line: curl('/api', token('seconds=-1')),
      status: 401,
      text: '{"exp":"token expired"}',
    },
    {
      title: 'Every user is a consumer: bob, by a secret of his own',
      line: curl('/users/headers', token('who=bob')),
      status: 200,
      text: '"x-consumer-username":"bob"',
    },
    {
      title: 'A token that would last longer than the gateway allows',
      line: curl('/users', token('who=bob&seconds=7200')),
      status: 401,
      text: '{"exp":"exceeds maximum allowed expiration"}',
    },
    { title: 'Some routes are open', line: curl('/inventory'), status: 200, text: HELLO },
    { title: 'Others are not', line: curl('/orders'), status: 401, text: 'Unauthorized' },
    {
      title: 'Public and private keys: ES256',
      line: curl('/orders/headers', token('who=partner')),
      status: 200,
      text: '"x-consumer-username":"partner"',
    },
    {
      title: 'Anonymous access: a bad token makes a guest',
      line: curl('/web/headers', token('secret=another-secret')),
      status: 200,
      text: '{"x-anonymous-consumer":"true","x-consumer-id":"0b1c7b52-2d0f-4e70-9b3a-6a5d2f0c1e04","x-consumer-username":"guest"}',
    },
  ];
}
