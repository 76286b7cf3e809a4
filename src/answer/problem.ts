import { type NoAuthReason, reasons } from '../reasons.ts';

/** Body of an error answer. */
export interface ErrorAnswer {
  readonly contentType: 'application/problem+json' | 'application/json';
  readonly body: string;
}

/**
 * Writes the answer to a refused request: a problem (RFC 9457), or plain JSON for a client that
 * asks for `application/json`.
 *
 * @param reason why the request was refused
 * @param accept the client's `Accept` header, empty where it sent none
 * @param status the status that goes with it, where it is not that of the reason
 */
export function describeProblem(
  reason: NoAuthReason,
  accept: string,
  status: number = reasons()[reason].status,
): ErrorAnswer {
  const { title, description, brief } = reasons()[reason];
  if (prefersPlainJson(accept)) {
    return {
      contentType: 'application/json',
      body: `${JSON.stringify({ success: false, error: brief })}\n`,
    };
  }
  const type = `urn:njs-auth-jwt:reason:${reason}`;
  const problem = { type, title, status, detail: description, reason };
  return { contentType: 'application/problem+json', body: `${JSON.stringify(problem)}\n` };
}

/**
 * Tells whether a client would rather have a page than JSON: a browser on its way, not a script of its.
 *
 * @param accept the client's `Accept` header, empty where it sent none
 */
export function prefersHtml(accept: string): boolean {
  const html = qualityOf('text/html', accept);
  const json = Math.max(
    qualityOf('application/json', accept),
    qualityOf('application/problem+json', accept),
  );
  return html > 0 && html >= json;
}

/** Named, not ruled out, and not after `application/problem+json` (RFC 9110, section 12.5.1). */
function prefersPlainJson(accept: string): boolean {
  const plain = qualityOf('application/json', accept);
  return plain > 0 && plain > qualityOf('application/problem+json', accept);
}

/** Further media types, and further parameters of one, are not looked at: each costs time. */
const MAX_RANGES = 32;
const MAX_PARAMETERS = 8;

/** The weight of a media type that is named; 0 for one that is not, for wildcards ask for nothing. */
function qualityOf(mediaType: string, accept: string): number {
  for (const range of accept.toLowerCase().split(',', MAX_RANGES)) {
    const [name = '', ...parameters] = range.split(';', MAX_PARAMETERS + 1);
    if (name.trim() === mediaType) {
      const weight = parameters.map((part) => part.trim()).filter(isWeight)[0];
      return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
    }
  }
  return 0;
}

function isWeight(parameter: string): boolean {
  return parameter.indexOf('q=') === 0;
}
