// The requests of the demo, with their answers.

/**
 * @param {string} gateway its URL, without a path
 * @returns {import('../../../build/demo.mjs').DemoRequest[]}
 */
export default function requests(gateway) {
  const post = (path = '', username = '', password = '') =>
    `-X POST ${gateway}${path} -H "Content-Type: application/json" ` +
    `-d '{"username": "${username}", "password": "${password}"}'`;
  const login = `curl -s ${post('/auth/login', 'testuser', 'testpass')} | cut -d'"' -f4`;
  const get = (bearer = '', more = '') =>
    `curl -si ${gateway}/${bearer && ` -H "Authorization: Bearer $(${bearer})"`}${more}`;
  return [
    {
      title: 'Register',
      line: `curl -si ${post('/auth/register', 'testuser', 'testpass')}`,
      status: 201,
      text: '',
    },
    {
      title: 'Log in',
      line: `curl -si ${post('/auth/login', 'testuser', 'testpass')}`,
      status: 200,
      text: '{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.',
    },
    {
      title: 'Log in with a wrong password',
      line: `curl -si ${post('/auth/login', 'testuser', 'wrong')}`,
      status: 401,
      text: 'Invalid credentials',
    },
    {
      title: 'With the token: the reader learns who calls, whatever else the client says',
      line: get(login, ' -H "X-JWT-Role: admin"'),
      status: 200,
      text: 'Hello! JWT Claims:\nSub: testuser\nEmail: testuser@example.com\nRole: user\n',
    },
    {
      title: 'Without a token',
      line: get(),
      status: 401,
      text: '"reason":"empty_token"',
    },
    {
      title: 'With a token that was tampered with',
      line: get(`${login} | sed 's/[^.]*$/tampered/'`),
      status: 401,
      text: '"reason":"bad_signature"',
    },
  ];
}
