import { readSource } from '../keys/read.ts';
import type { KeySource } from '../keys/source.ts';
import type { KeyWorld } from '../keys/source-keys.ts';
import type { KeyStore } from '../keys/store.ts';
import type { NginxRequest } from '../nginx.ts';
import type { Refusal } from '../refusal.ts';
import type { RequestView } from '../token/extract.ts';
import { report } from './report.ts';
import { warnOnce } from './warn-once.ts';

/** The request, as the stations may see it: what they read of it, and what they ask of nginx. */
export class Gateway implements RequestView, KeyWorld {
  readonly store: KeyStore | undefined;
  private readonly r: NginxRequest;

  constructor(r: NginxRequest, store: KeyStore | undefined) {
    this.r = r;
    this.store = store;
  }

  header(name: string): string | undefined {
    return this.r.headersIn[name];
  }

  variable(name: string): string | undefined {
    return this.r.variables[name];
  }

  read(source: KeySource): string | Promise<string> {
    return readSource(this.r, source);
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
