import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The two ways into the module. */
export type Door = 'validateJwt' | 'enforceJwt';

/** One nginx with one njs engine. */
export interface Runtime {
  readonly name: string;
  readonly image: string;
  readonly engine: 'qjs' | 'njs';
  /** The doors that this njs has; `js_access` came with 0.9.9. */
  readonly doors: readonly Door[];
}

/** Root of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What `make setup` found, in dist/runtimes. */
export const RUNTIMES: readonly Runtime[] = readFileSync(`${ROOT}dist/runtimes`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [name = '', image = '', engine = '', doors = ''] = line.split(' ');
    return { name, image, engine: engine as Runtime['engine'], doors: doors.split(',') as Door[] };
  });

if (RUNTIMES.some(({ name }) => name === '')) {
  throw new Error('dist/runtimes names no runtime: run "make setup"');
}
