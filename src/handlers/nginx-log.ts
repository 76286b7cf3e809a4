import type { Log } from './log.ts';

declare const ngx: {
  readonly INFO: number;
  readonly WARN: number;
  readonly ERR: number;
  log(level: number, message: string): void;
};

/**
 * The error log, for handlers that have no request: their session has no `log`, `warn` or `error`.
 *
 * @see https://nginx.org/en/docs/njs/reference.html#ngx_log
 */
export const NGINX_LOG: Log = {
  log: (message) => ngx.log(ngx.INFO, message),
  warn: (message) => ngx.log(ngx.WARN, message),
  error: (message) => ngx.log(ngx.ERR, message),
};
