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
  const all = uri.slice(mark + 1).split('&');
  const others = all.filter((argument) => {
    const name = argument === '' ? '' : nameOf(argument);
    return name === '' || words.indexOf(` query:${name} `) < 0;
  });
  return others.length === 0 ? uri.slice(0, mark) : `${uri.slice(0, mark)}?${others.join('&')}`;
}

/** Characters that a name in a setting may have; to let the decoder find out is slow, for it throws. */
const ASCII = /^(?:[^%]|%[0-7][0-9A-Fa-f])+$/;

/** Decoded: the upstream may take it for the same name. Empty where it can be none of a setting. */
function nameOf(argument: string): string {
  const equals = argument.indexOf('=');
  const name = equals < 0 ? argument : argument.slice(0, equals);
  if (name.indexOf('%') < 0) {
    return name;
  }
  return ASCII.test(name) ? decodeURIComponent(name) : '';
}
