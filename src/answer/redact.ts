/**
 * Takes the arguments that hold tokens out of a URI, for logs, for redirects and for the upstream.
 *
 * @param uri path and arguments as the client sent them: `$request_uri`
 * @param tokenFrom value of `$auth_jwt_token_from`: its `query:NAME`s name arguments. `access_token` (RFC
 * 6750, section 2.3) is one in any case, for the check may not have run yet
 * @returns the same without them, and without the question mark where no argument is left
 */
export function redactUri(uri: string, tokenFrom: string): string {
  const mark = uri.indexOf('?');
  if (mark < 0) {
    return uri;
  }
  const words = ` query:access_token ${tokenFrom.replace(/\s+/g, ' ')} `;
  const others = uri
    .slice(mark + 1)
    .split('&')
    .filter((argument) => words.indexOf(` query:${nameOf(argument)} `) < 0);
  return others.length === 0 ? uri.slice(0, mark) : `${uri.slice(0, mark)}?${others.join('&')}`;
}

/** Decoded: the upstream may take it for the same name. */
function nameOf(argument: string): string {
  const name = argument.split('=', 1)[0] as string;
  try {
    return decodeURIComponent(name);
  } catch (_error) {
    return name;
  }
}
