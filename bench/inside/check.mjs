// Asks for the resource once for each header given and prints a line of JSON for each answer.
//
//   node check.mjs URL TOKEN...

const [url = '', ...tokens] = process.argv.slice(2);
for (const token of tokens) {
  const { status, headers } = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  const claims = ['sub', 'email', 'role'].map((name) => headers.get(`x-jwt-${name}`));
  console.log(JSON.stringify({ status, claims }));
}
