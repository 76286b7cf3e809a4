// Asks for a URL with a token and prints the body.
//
//   node ask.mjs URL TOKEN

const [url = '', token] = process.argv.slice(2);
const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
if (response.status !== 200) {
  throw new Error(`${url} answered with ${response.status}`);
}
console.log(await response.text());
