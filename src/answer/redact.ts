import { Memo } from '../memo.ts';

/** Requests with more arguments that hold tokens are attacks: all of their arguments are taken out. */
const MANY = 64;

/**
 * Takes the arguments that hold tokens out of a URI, for logs, for redirects and for the upstream.
 *
 * They are looked for by their names: to take thousands of others apart would cost the gateway, not the client.
 *
 * @param uri path and arguments as the client sent them: `$request_uri`
 * @param tokenFrom value of `$auth_jwt_token_from`: its `query:NAME`s name arguments. `access_token` (RFC
 * 6750, section 2.3) is one in any case, for the check may not have run yet
 * @returns the same without them, and without the question mark where no argument is left, or where there are more
 * than 64 of them
 */
export function redactUri(uri: string, tokenFrom: string): string {
  const mark = uri.indexOf('?');
  if (mark < 0) {
    return uri;
  }
  const pattern = patternOf(tokenFrom);
  const all = `&${uri.slice(mark + 1)}`;
  let others = '';
  let from = 0;
  pattern.lastIndex = 0;
  for (let count = 0; count < MANY; count += 1) {
    const found = pattern.exec(all);
    if (found === null) {
      others += all.slice(from);
      return others === '' ? uri.slice(0, mark) : `${uri.slice(0, mark)}?${others.slice(1)}`;
    }
    others += all.slice(from, found.index);
    from = found.index + found[0].length;
  }
  return uri.slice(0, mark);
}

const patterns = new Memo<RegExp>(4);

/** What finds an argument, the ampersand before it included. */
function patternOf(tokenFrom: string): RegExp {
  const known = patterns.find(tokenFrom);
  if (known !== undefined) {
    return known;
  }
  const words = `query:access_token ${tokenFrom}`.split(/\s+/).filter((word) => QUERY.test(word));
  const names = words.map((word) => word.slice('query:'.length));
  const pattern = new RegExp(`&(?:${names.map(spellings).join('|')})(?:=[^&]*)?(?=&|$)`, 'g');
  patterns.keep(tokenFrom, pattern);
  return pattern;
}

/** Printable ASCII: no other name can be set. */
const QUERY = /^query:[!-~]+$/;

/** Each character may be encoded: the upstream may take it for the same name. */
function spellings(name: string): string {
  const characters = name.split('').map((character) => {
    const digits = character.charCodeAt(0).toString(16);
    const either = digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    return `(?:${/\w/.test(character) ? '' : '\\'}${character}|%${either})`;
  });
  return characters.join('');
}
