// Times the stations of a check apart, inside nginx: each again and again within one request.

import { writeClaims } from '../../src/answer/write-claims.ts';
import { authenticate } from '../../src/authenticate.ts';
import { checkClaims } from '../../src/claims/check.ts';
import { currentContext } from '../../src/handlers/context.ts';
import { guard } from '../../src/handlers/door.ts';
import { Gateway } from '../../src/handlers/gateway.ts';
import { chooseKeys } from '../../src/keys/choose.ts';
import { KeyRing } from '../../src/keys/ring.ts';
import type { NginxRequest } from '../../src/nginx.ts';
import { readPolicy } from '../../src/settings/policy.ts';
import { findAlgorithm } from '../../src/signature/algorithms.ts';
import { VerifiedSignatures } from '../../src/signature/verified.ts';
import { verifySignature } from '../../src/signature/verify.ts';
import { decodeKnownToken, decodeToken, parseClaims } from '../../src/token/decode.ts';
import { extractToken } from '../../src/token/extract.ts';
import { KnownTokens } from '../../src/token/known.ts';

/** How often each is run in a series; the best of the series counts. */
const TIMES = 2000;
const SERIES = 3;

interface Part {
  readonly name: string;
  run(): unknown;
}

/** `js_content`: answers with a line for each part, its name and its µs. */
function parts(r: NginxRequest): Promise<void> {
  const door = { allow: () => undefined, deny: () => refuseToMeasure(r) };
  return Promise.resolve(guard(r, door))
    .then(() => timeAll(listParts(r), []))
    .then((lines) => r.return(200, lines.join('\n')));
}

function listParts(r: NginxRequest): Part[] {
  const context = currentContext();
  const { known, outlets } = context;
  const { variables } = r;
  const settings = readPolicy(variables);
  const gateway = new Gateway(r, context);
  const now = gateway.now();
  if (settings === 'off') {
    throw refuseToMeasure(r);
  }
  const open = () => new KeyRing(gateway, settings);
  const check = (memory: KnownTokens) =>
    authenticate(settings, {
      request: gateway,
      keys: open(),
      known: memory,
      now,
      services: gateway,
    });
  const compact = extractToken(settings.tokenFrom, gateway);
  const token = decodeToken(compact);
  const algorithm = findAlgorithm(token.alg);
  const generation = open().generation() ?? '';
  const keySet = open().atHand();
  if (!algorithm || !keySet) {
    throw refuseToMeasure(r);
  }
  const trusted = parseClaims(token);
  const kept = { ...trusted, derived: {} };
  const { candidates } = chooseKeys(keySet, algorithm, token.kid);
  const stranger = new KnownTokens(new VerifiedSignatures(undefined));
  return [
    { name: 'settings', run: () => readPolicy(variables) },
    { name: 'token from the request', run: () => extractToken(settings.tokenFrom, gateway) },
    { name: 'key sets at hand', run: () => open().generation() },
    { name: 'token kept in the context', run: () => known.find(compact, generation, now) },
    { name: 'decode a token known to be well-formed', run: () => decodeKnownToken(compact) },
    { name: 'decode a token strictly', run: () => parseClaims(decodeToken(compact)) },
    { name: 'choose the key', run: () => chooseKeys(keySet, algorithm, token.kid) },
    {
      name: 'verify the signature',
      run: () => verifySignature(token, algorithm, candidates, (isGood) => isGood),
    },
    { name: 'claims', run: () => checkClaims(kept, settings, now, gateway) },
    {
      name: 'variables, rendered before',
      run: () => writeClaims(variables, kept, 'HIT', outlets, settings.claimSet),
    },
    {
      name: 'variables, rendered anew',
      run: () => writeClaims(variables, trusted, 'HIT', outlets, settings.claimSet),
    },
    {
      name: '**all of a known token**, but settings and variables',
      run: () => check(known),
    },
    {
      name: '**all of an unknown token**, but settings and variables',
      run: () => check(stranger),
    },
  ];
}

function refuseToMeasure({ variables }: NginxRequest): never {
  throw new Error(`the token is refused: ${variables.no_auth_reason}`);
}

/** One after the other: a part may be a promise. */
function timeAll([part, ...others]: Part[], lines: string[]): Promise<string[]> {
  if (part === undefined) {
    return Promise.resolve(lines);
  }
  return timeBest(part, SERIES, Number.POSITIVE_INFINITY).then((best) =>
    timeAll(others, [...lines, `${best.toFixed(2)} ${part.name}`]),
  );
}

function timeBest(part: Part, left: number, best: number): Promise<number> {
  return left === 0
    ? Promise.resolve(best)
    : timeSeries(part).then((time) => timeBest(part, left - 1, Math.min(best, time)));
}

/** µs for each run. What is no promise is not waited for: that would cost more than some of the parts. */
function timeSeries(part: Part): Promise<number> {
  const begin = Date.now();
  let count = 0;
  function step(): Promise<number> {
    while (count < TIMES) {
      count += 1;
      const outcome = part.run();
      if (outcome instanceof Promise) {
        return outcome.then(step);
      }
    }
    return Promise.resolve(((Date.now() - begin) * 1000) / TIMES);
  }
  return step();
}

export default { parts };
