/**
 * The part of nginx's request object that this project uses. Our own declaration, for two reasons:
 * njs-types 0.9.4 ends before `js_access`, and the handlers are tested in Node, where its globals do
 * not exist. `src/njs.d.ts` holds it against njs-types.
 *
 * @see https://nginx.org/en/docs/njs/reference.html#http
 */
export interface NginxRequest {
  /** Method of this request, or subrequest. */
  readonly method: string;
  /** Status of the answer, for one that is sent by {@link sendHeader}. */
  status: number;
  /** nginx variables by name without `$`; one that is named nowhere in the configuration is `undefined`. */
  readonly variables: NginxVariables;
  /** Request headers by name in any case; several of one name are joined by nginx. */
  readonly headersIn: { readonly [name: string]: string | undefined };
  /** Response headers by name. */
  readonly headersOut: { [name: string]: string | undefined };
  /** Sends the whole answer, or from `js_access` refuses with this status. */
  return(status: number, body?: string): void;
  /** Sends status and headers; what follows is sent by {@link send} and ended by {@link finish}. */
  sendHeader(): void;
  /** Sends a part of the body. */
  send(part: string): void;
  /** Ends the answer. */
  finish(): void;
  /** Asks an internal location; resolves with its answer whatever the status. */
  subrequest(uri: string, options: SubrequestOptions): Promise<NginxReply>;
  /** Writes to the error log at level `info`. */
  log(message: string): void;
  /** Writes to the error log at level `warn`. */
  warn(message: string): void;
  /** Writes to the error log at level `error`. */
  error(message: string): void;
}

/** How a subrequest is made; it bears the headers of the request, and where it is a POST its body. */
export interface SubrequestOptions {
  readonly args?: string;
  readonly method: 'GET' | 'POST';
  /** Body in the place of that of the request. */
  readonly body?: string;
}

/**
 * What a `js_periodic` handler gets in the place of a request: nobody has asked for anything.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_js_module.html#js_periodic
 */
export interface NginxSession {
  /** As of a request; no `set` has been run, so only defaults and maps of constants hold something. */
  readonly variables: NginxVariables;
}

/** nginx variables, readable and, where the configuration declares them, writable. */
export interface NginxVariables {
  [name: string]: string | undefined;
}

/** What a subrequest resolves with. */
export interface NginxReply {
  /** URI that was answered: another one than asked for after a rewrite or an internal redirect. */
  readonly uri: string;
  /** Variables as the subrequest sees them, those of its upstream for example. */
  readonly variables: NginxVariables;
  /** HTTP status. */
  readonly status: number;
  /** The body as text; bytes that are not UTF-8 become U+FFFD. */
  readonly responseText?: string;
  /** The body as it came. */
  readonly responseBuffer?: Buffer;
  /** Response headers. */
  readonly headersOut: { readonly [name: string]: string | string[] | undefined };
}
