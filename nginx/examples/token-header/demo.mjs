// The requests of the demo, with their answers.

/**
 * @param {string} gateway its URL, without a path
 * @returns {import('../../../build/demo.mjs').DemoRequest[]}
 */
export default function requests(gateway) {
  const post = (client = '', secret = '', path = '/token') =>
    `${gateway}${path} -d '{"client": "${client}", "secret": "${secret}"}'`;
  const krissanawat = `$(curl -s ${post('Krissanawat', 'unicorns')})`;
  const bob = `$(curl -s ${post('Bob', 'builder')})`;
  const get = (path = '', header = '', more = '') =>
    `curl -si ${gateway}${path}${header && ` --header "${header}"`}${more}`;
  return [
    {
      title: 'Without a token',
      line: get('/'),
      status: 401,
      text: 'No Authorization Token provided',
    },
    {
      title: 'A token for a minute',
      line: `curl -si ${post('Krissanawat', 'unicorns')}`,
      status: 200,
      text: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.',
    },
    {
      title: 'A client that is not known',
      line: `curl -si ${post('Mallory', 'guess')}`,
      status: 401,
      text: 'Something Went Wrong',
    },
    {
      title: 'With the token',
      line: get('/', `Token: ${krissanawat}`),
      status: 200,
      text: 'Super Secret Information',
    },
    {
      title: 'With a token that was tampered with',
      line: get('/', `Token: $(curl -s ${post('Bob', 'builder')} | sed 's/[^.]*$/tampered/')`),
      status: 401,
      text: 'signature is invalid',
    },
    {
      title: 'What the service is told, whatever else the client says',
      line: get('/whoami', `Token: ${krissanawat}`, ' --header "X-JWT-Role: admin"'),
      status: 200,
      text: '{"client":"Krissanawat","sub":"","email":"","role":""}',
    },
    {
      title: 'Further: in the usual header',
      line: get('/bearer/', `Authorization: Bearer ${krissanawat}`),
      status: 200,
      text: 'Super Secret Information',
    },
    {
      title: 'Further: with RS256, and no secret in two places',
      line: get('/rs256/', `Token: $(curl -s ${post('Bob', 'builder', '/rs256/token')})`),
      status: 200,
      text: 'Super Secret Information',
    },
    {
      title: 'A token with the shared secret does not count there',
      line: get('/rs256/', `Token: ${krissanawat}`),
      status: 401,
      text: 'Invalid Signing Method',
    },
    {
      title: 'Further: Bob has the role for one service',
      line: get('/reports/', `Token: ${bob}`),
      status: 200,
      text: 'Reports, for Bob',
    },
    {
      title: 'And not for the other one',
      line: get('/billing/', `Token: ${bob}`),
      status: 403,
      text: 'roles do not allow this',
    },
  ];
}
