import { IntrospectionAnswers } from '../introspection/answers.ts';
import { askEndpoint } from '../introspection/request.ts';
import type { Errand } from '../keys/errand.ts';
import { readSource } from '../keys/read.ts';
import { KeyRing } from '../keys/ring.ts';
import { type KeySource, keySource } from '../keys/source.ts';
import type { KeyWorld } from '../keys/source-keys.ts';
import type { KeyStore } from '../keys/store.ts';
import { waitFor } from '../keys/wait.ts';
import type { NginxRequest } from '../nginx.ts';
import type { Services } from '../proof.ts';
import type { NoAuthReason } from '../reasons.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { RevocationPolicy } from '../revocation/check.ts';
import { randomBytes } from '../signature/subtle.ts';
import type { RequestView } from '../token/extract.ts';
import type { Context } from './context.ts';
import { ownListener, ownPath, sendErrand } from './errand.ts';
import { report } from './report.ts';
import { requestHeader } from './request-header.ts';
import { warnOnce } from './warn-once.ts';

/** 128 bits: nobody can guess a ticket while it lasts. */
const TICKET_BYTES = 16;

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

  async delegate(errand: Errand): Promise<boolean> {
    const { store, r } = this;
    const listener = ownListener(r.variables);
    if (store === undefined || listener === undefined || store.isUnreachable(listener)) {
      return false;
    }
    const { source } = errand;
    const own = ownPath(r.variables);
    // What has led there before does not depend on what this client has asked for.
    for (const path of [store.wayTo(source), own]) {
      if (path !== undefined && (await this.send(errand, store, listener, path))) {
        store.setWayTo(source, path);
        return true;
      }
      store.setWayTo(source, undefined);
    }
    return false;
  }

  /** Sends an errand by one path, and tells whether it has been taken. */
  private async send(
    errand: Errand,
    store: KeyStore,
    listener: string,
    path: string,
  ): Promise<boolean> {
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    if (!store.handOver(ticket, errand)) {
      return false;
    }
    const isReachable = await sendErrand(this.r, listener + path, ticket);
    if (!isReachable) {
      store.setUnreachable(listener);
    }
    return store.takeErrand(ticket) === undefined;
  }

  async introspect(endpoint: string, server: string, token: string): Promise<string> {
    const { store } = this;
    const place = store?.enter(`introspection ${server}${endpoint}`);
    if (store !== undefined && place === undefined) {
      throw refuse('bad_introspection', 'busy');
    }
    this.missing = 'bad_introspection';
    try {
      // Where the client goes, nothing more comes of this, and the place is free again.
      const stay = () => place && store?.stay(place);
      return await waitFor(
        keySource('request', endpoint),
        askEndpoint(this.r, endpoint, token),
        stay,
      );
    } finally {
      this.missing = 'keys_unavailable';
      if (place !== undefined) {
        store?.leave(place);
      }
    }
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
