// The configurations of docs/recipes and docs/from-*.md, as nginx gets them: the text of the page, with
// other addresses.

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Door, ROOT } from './runtimes.ts';

const DOCS = `${ROOT}docs/`;

/** A recipe. */
export interface Recipe {
  readonly name: string;
  /** What goes into `http {}`. */
  readonly http: string;
  /** What goes into `server {}`. */
  readonly server: string;
}

/** Reads all recipes, those for moving over too. */
export function readRecipes(): Recipe[] {
  const own = readdirSync(`${DOCS}recipes`).filter((file) => file !== 'README.md');
  const moving = readdirSync(DOCS).filter((file) => file.startsWith('from-'));
  return [...own.map((file) => `recipes/${file}`), ...moving].map((file) => {
    const text = readFileSync(DOCS + file, 'utf8');
    return {
      name: basename(file, '.md'),
      http: partOf(text, '# http {}', file),
      server: partOf(text, '# server {}', file),
    };
  });
}

function partOf(text: string, head: string, file: string): string {
  const parts = [...text.matchAll(/^```nginx\n([\s\S]*?)^```$/gm)].map(([, part = '']) => part);
  const [found, ...others] = parts.filter((part) => part.startsWith(head));
  if (found === undefined || others.length > 0 || parts.length !== 2) {
    throw new Error(`${file} must have one part "${head}", and two in all`);
  }
  return found;
}

/**
 * The server of a recipe. For `js_access` its settings move to where the check runs.
 *
 * @param recipe the recipe
 * @param door which door
 * @param keys URLs of key servers, in the place of those that the recipe names, in turn
 * @param upstream URL of the upstream
 */
export function serve(
  { server }: Recipe,
  door: Door,
  keys: readonly string[],
  upstream: string,
): string {
  const found = [...server.matchAll(/proxy_pass (https:[^;]+);/g)].map(([, url = '']) => url);
  const urls = [...new Set(found)];
  const moved = urls
    .reduce(
      (text, url, at) =>
        text.replaceAll(`proxy_pass ${url};`, `proxy_pass ${keys[at] ?? keys[0]};`),
      server,
    )
    .replaceAll('http://127.0.0.1:3000', upstream);
  return door === 'validateJwt'
    ? moved
    : moved.replace(/auth_request (\S+);/g, (_, policy: string) => {
        return `${settingsIn(moved, policy)} js_access auth_jwt.enforceJwt;`;
      });
}

function settingsIn(server: string, policy: string): string {
  const start = server.indexOf(`location = ${policy} {`);
  const body = server.slice(start, server.indexOf('\n}', start));
  const lines = body.match(/^ +set \$.*;$/gm);
  if (start < 0 || lines === null) {
    throw new Error(`there are no settings in ${policy}`);
  }
  return lines.join('\n');
}

/** The headers that a recipe hands to the upstream. */
export function headersOf({ server }: Recipe): string[] {
  return [...server.matchAll(/proxy_set_header (X-\S+)/g)].map(([, name = '']) => name);
}
