import { IntrospectionAnswers } from '../introspection/answers.ts';
import { askEndpoint } from '../introspection/request.ts';
import { readSource } from '../keys/read.ts';
import { KeyRing } from '../keys/ring.ts';
import type { KeySource } from '../keys/source.ts';
import type { KeyWorld } from '../keys/source-keys.ts';
import type { KeyStore } from '../keys/store.ts';
import type { NginxRequest } from '../nginx.ts';
import type { Services } from '../proof.ts';
import type { NoAuthReason } from '../reasons.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { RevocationPolicy } from '../revocation/check.ts';
import type { RequestView } from '../token/extract.ts';
import type { Context } from './context.ts';
import { report } from './report.ts';
import { requestHeader } from './request-header.ts';
import { warnOnce } from './warn-once.ts';

/** What is remembered from earlier requests, as far as it is asked for here. */
type Memory = Pick<Context, 'store' | 'answers'>;

const NO_MEMORY: Memory = { store: undefined, answers: new IntrospectionAnswers(undefined) };

/** The request, as the stations may see it: what they read of it, and what they ask of nginx. */
export class Gateway implements RequestView, KeyWorld, Services {
  readonly store: KeyStore | undefined;
  readonly answers: IntrospectionAnswers;
  private readonly r: NginxRequest;
  /** Why there is no verdict, as long as there is none. */
  missing: NoAuthReason = 'keys_unavailable';

  /**
   * @param r the request
   * @param memory without it no key is asked for, and nobody of a token
   */
  constructor(r: NginxRequest, { store, answers }: Memory = NO_MEMORY) {
    this.r = r;
    this.store = store;
    this.answers = answers;
  }

  header(name: string): string | undefined {
    const value = requestHeader(this.r, name);
    if (value === null) {
      throw refuse('invalid_jwt', 'header_encoding');
    }
    return value;
  }

  variable(name: string): string | undefined {
    return this.r.variables[name];
  }

  read(source: KeySource): string | Promise<string> {
    return readSource(this.r, source);
  }

  async introspect(endpoint: string, token: string): Promise<string> {
    this.missing = 'bad_introspection';
    const text = await askEndpoint(this.r, endpoint, token);
    this.missing = 'keys_unavailable';
    return text;
  }

  revocations(policy: RevocationPolicy): KeyRing {
    return new KeyRing(this, policy);
  }

  report(refusal: Refusal): void {
    report(this.r, refusal);
  }

  warn(text: string): void {
    warnOnce(this.r, text);
  }

  now(): number {
    return Math.floor(Date.now() / 1000);
  }
}
