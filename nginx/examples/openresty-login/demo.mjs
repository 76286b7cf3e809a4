// The requests of the demo, with their answers.

/**
 * @param {string} gateway its URL, without a path
 * @returns {import('../../../build/demo.mjs').DemoRequest[]}
 */
export default function requests(gateway) {
  const post = (password = '') =>
    `${gateway}/login -d '{"username": "ehsan", "password": "${password}"}'`;
  const login = `curl -s ${post('open sesame')} | cut -d'"' -f4`;
  const get = (path = '', authorization = '', more = '') =>
    `curl -si ${gateway}${path}${authorization && ` -H "Authorization: ${authorization}"`}${more}`;
  return [
    {
      title: 'Log in: the gateway signs what the application says of the user',
      line: `curl -si ${post('open sesame')}`,
      status: 200,
      text: '{"token":"eyJ',
    },
    {
      title: 'A wrong password: the answer of the application',
      line: `curl -si ${post('guess')}`,
      status: 401,
      text: '{"error":"wrong username or password"}',
    },
    {
      title: 'With the token, as it is',
      line: get('/check', `$(${login})`),
      status: 200,
      text: 'hello world !',
    },
    {
      title: 'With the token after the word Bearer',
      line: get('/check', `Bearer $(${login})`),
      status: 200,
      text: 'hello world !',
    },
    {
      title: 'What the application is told, whatever else the client says',
      line: get('/whoami', `$(${login})`, ' -H "X-JWT-Role: admin"'),
      status: 200,
      text: '{"sub":"ehsan","email":"ehsan@example.com","role":"editor"}',
    },
    {
      title: 'Without a token',
      line: get('/check'),
      status: 403,
      text: '403 Forbidden',
    },
    {
      title: 'With a token that was tampered with',
      line: get('/check', `$(${login} | sed 's/[^.]*$/tampered/')`),
      status: 403,
      text: '403 Forbidden',
    },
    {
      title: 'Past the gateway',
      line: get('/authenticate'),
      status: 404,
      text: '404 Not Found',
    },
  ];
}
