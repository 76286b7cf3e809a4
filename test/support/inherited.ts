// What nginx hands down from http {} and server {} to a location: the lines that the test sets, and what
// docs/composition.md says of them. A test holds the one against the other.

/** Lines to set. */
export interface Variant {
  /** The lines; `NAME` stands for the name of the gateway. */
  readonly lines: string;
  /** What they need in `http {}`. */
  readonly http?: string;
  /** The only level at which nginx takes them, where it is one. */
  readonly only?: 'http' | 'server';
  /** The first version of nginx that has them. */
  readonly since?: string;
}

/** What may be different beneath the lines. Whoever is refused without them is refused with them in any case. */
export type Difference =
  /** The upstream of the protected location sees one, for that location obeys as any other does. */
  | 'upstream'
  /** Refusals say something else, with the same status. */
  | 'answers'
  /** Refusals have another status. */
  | 'statuses'
  /** Logins end in another way. */
  | 'login'
  /** Good tokens may be refused, too. */
  | 'refuses'
  /** Services are spoken to in another version of HTTP. */
  | 'version'
  /** The internal locations are asked more often. */
  | 'more';

/** Directives that have the same effect. */
export interface Inherited {
  readonly directives: readonly string[];
  /** What they would do to, or do to: the policy with `validateJwt`; keys, revocation lists and introspection; the login
   * service; `@auth_jwt_error`. Nothing by default. */
  readonly policy?: string;
  readonly sources?: string;
  readonly login?: string;
  readonly errors?: string;
  /** What keeps them from it; `nothing has to`, by default. */
  readonly closedBy?: string;
  readonly differences?: readonly Difference[];
  readonly variants: readonly Variant[];
}

const INTERCEPT = 'recursive_error_pages on; proxy_intercept_errors on;';

/** Every directive of the reference that a location inherits, as of nginx 1.30 with the modules of Debian. */
export const INHERITED: readonly Inherited[] = [
  {
    directives: ['error_page', 'recursive_error_pages', 'proxy_intercept_errors'],
    policy: 'replaces a refusal with a page, and status 200 allows every request',
    sources: 'replaces a failure with a page: the author of the page controls the keys',
    login: 'replaces a rejected login with a page, which becomes the claims of a token',
    closedBy:
      'the module: nginx does not run `error_page` for a refusal with a body; the snippets: an `error_page` of their own stops the inheritance',
    variants: [
      { lines: `error_page 401 403 404 500 502 503 504 =200 /page.json; ${INTERCEPT}` },
      { lines: `error_page 401 403 500 503 =200 @site; ${INTERCEPT}` },
      { lines: 'error_page 401 403 500 503 =200 /page.json;' },
    ],
  },
  {
    directives: ['proxy_cache', 'proxy_cache_key', 'proxy_cache_methods', 'proxy_cache_valid'],
    sources:
      '`$request_uri` is the URI of the client: mixes answers with pages of the site, uses one answer for every token, hides new keys and revocations',
    login: 'returns the login of one client to others',
    closedBy: 'the module: rejects an answer from a cache; the snippets: `proxy_cache off`',
    differences: ['upstream'],
    variants: ['$request_uri', 'one'].map((key) => ({
      http: 'proxy_cache_path /tmp/cache-NAME keys_zone=NAME:1m;',
      lines: `proxy_cache NAME; proxy_cache_key ${key}; proxy_cache_valid any 10m; proxy_cache_methods GET HEAD POST;`,
    })),
  },
  {
    directives: [
      ...['proxy_cache_background_update', 'proxy_cache_bypass', 'proxy_cache_convert_head'],
      ...['proxy_cache_lock', 'proxy_cache_lock_age', 'proxy_cache_lock_timeout'],
      ...['proxy_cache_max_range_offset', 'proxy_cache_min_uses', 'proxy_cache_revalidate'],
      ...['proxy_cache_use_stale', 'proxy_no_cache'],
    ],
    closedBy: 'no effect without a cache',
    differences: ['upstream'],
    variants: [
      {
        http: 'proxy_cache_path /tmp/cache-NAME keys_zone=NAME:1m;',
        lines: `proxy_cache NAME; proxy_cache_valid any 1s; proxy_cache_background_update on;
          proxy_cache_bypass $arg_none; proxy_no_cache $arg_none; proxy_cache_convert_head on; proxy_cache_lock on;
          proxy_cache_lock_age 1s; proxy_cache_lock_timeout 1s; proxy_cache_max_range_offset 1; proxy_cache_min_uses 1;
          proxy_cache_revalidate on; proxy_cache_use_stale error timeout updating http_500 http_503;`,
      },
    ],
  },
  {
    directives: ['proxy_store', 'proxy_store_access'],
    sources: 'writes answers into the document root',
    login: 'the same',
    closedBy: 'the snippets: `proxy_store off`',
    variants: [{ lines: 'proxy_store /tmp/store-NAME$request_uri; proxy_store_access user:rw;' }],
  },
  {
    directives: ['fastcgi_cache', 'uwsgi_cache', 'scgi_cache', 'grpc_*', 'memcached_*'],
    sources: 'as `proxy_cache`, if the location uses `fastcgi_pass`, `uwsgi_pass` or `scgi_pass`',
    closedBy: 'the module: rejects an answer from a cache',
    variants: [
      {
        http: `fastcgi_cache_path /tmp/fastcgi-NAME keys_zone=NAME:1m; uwsgi_cache_path /tmp/uwsgi-NAME keys_zone=NAME-u:1m;
          scgi_cache_path /tmp/scgi-NAME keys_zone=NAME-s:1m;`,
        lines: `fastcgi_cache NAME; fastcgi_cache_key $request_uri; fastcgi_cache_valid any 10m; fastcgi_intercept_errors on;
          uwsgi_cache NAME-u; uwsgi_cache_key $request_uri; uwsgi_cache_valid any 10m; uwsgi_intercept_errors on;
          scgi_cache NAME-s; scgi_cache_key $request_uri; scgi_cache_valid any 10m; scgi_intercept_errors on;
          grpc_intercept_errors on; memcached_gzip_flag 2;`,
      },
    ],
  },
  {
    directives: [
      'ssi',
      'ssi_types',
      'ssi_silent_errors',
      'ssi_value_length',
      'ssi_min_file_chunk',
      'ssi_last_modified',
    ],
    sources: 'runs SSI commands in claims that users choose',
    login: 'the same',
    closedBy: 'the snippets: `ssi off`',
    variants: [
      {
        lines: `ssi on; ssi_types *; ssi_silent_errors on; ssi_value_length 256; ssi_min_file_chunk 1k;
          ssi_last_modified on;`,
      },
    ],
  },
  {
    directives: ['sub_filter', 'sub_filter_types', 'sub_filter_once', 'sub_filter_last_modified'],
    sources: 'rewrites keys, lists and claims',
    login: 'rewrites claims',
    errors: 'rewrites the body',
    closedBy: 'the snippets: a `sub_filter` of their own that replaces nothing',
    differences: ['answers'],
    variants: [
      {
        lines: `sub_filter false true; sub_filter '"kid":"ES256"' '"kid":"x"'; sub_filter revoked other; sub_filter alice
          mallory; sub_filter Token TOKEN; sub_filter_types *; sub_filter_once off; sub_filter_last_modified on;`,
      },
    ],
  },
  {
    directives: ['charset', 'source_charset', 'override_charset', 'charset_types'],
    errors: 'recodes the body',
    closedBy: 'nginx: does not recode these subrequests',
    differences: ['answers'],
    variants: [
      {
        http: 'charset_map koi8-r windows-1251 { 6B 78; 74 66; }',
        lines: 'charset windows-1251; source_charset koi8-r; charset_types *; override_charset on;',
      },
    ],
  },
  {
    directives: ['add_before_body', 'add_after_body', 'addition_types'],
    closedBy: 'nginx: no effect on subrequests and on statuses other than 200',
    differences: ['answers'],
    variants: [
      { lines: 'add_before_body /_nothing; add_after_body /page.json; addition_types text/plain;' },
    ],
  },
  {
    directives: [
      ...['gzip', 'gzip_buffers', 'gzip_comp_level', 'gzip_disable', 'gzip_http_version'],
      ...['gzip_min_length', 'gzip_proxied', 'gzip_types', 'gzip_vary', 'gzip_static'],
      ...['gunzip', 'gunzip_buffers'],
    ],
    sources: '`gunzip` decompresses the answer, which is then accepted',
    login: 'the same',
    errors: 'compressed if the client accepts it',
    variants: [
      {
        lines: `gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any; gzip_vary on; gzip_buffers 16 8k; gzip_comp_level 1;
          gzip_disable none; gzip_http_version 1.0; gzip_static on; gunzip on; gunzip_buffers 16 8k;`,
      },
    ],
  },
  {
    directives: ['proxy_set_header'],
    sources: 'adds headers, for example of the client',
    login: 'adds headers',
    closedBy: 'the snippets: `proxy_set_header` lines of their own stop the inheritance',
    variants: [{ lines: 'proxy_set_header X-Site 1; proxy_set_header Accept-Encoding gzip;' }],
  },
  {
    directives: ['proxy_set_body'],
    sources: 'sends one question for every token',
    login: '**not closed**: replaces the body that the client sends',
    closedBy: 'the snippets for keys and introspection: a `proxy_set_body` of their own',
    differences: ['upstream', 'login'],
    variants: [{ lines: 'proxy_set_body token=opaque;' }],
  },
  {
    directives: ['proxy_method'],
    sources: 'changes the method',
    login: 'the same',
    closedBy: 'the snippets: `proxy_method`',
    differences: ['upstream'],
    variants: [{ lines: 'proxy_method PUT;' }],
  },
  {
    directives: ['proxy_pass_request_headers', 'proxy_pass_request_body'],
    sources: 'sends the headers of the client, or no body',
    login: 'sends no body, or no `Content-Type`',
    closedBy: 'the snippets set both',
    differences: ['upstream'],
    variants: [
      { lines: 'proxy_pass_request_headers off; proxy_pass_request_body off;' },
      { lines: 'proxy_pass_request_headers on; proxy_pass_request_body on;' },
    ],
  },
  {
    directives: ['proxy_next_upstream', 'proxy_next_upstream_tries', 'proxy_next_upstream_timeout'],
    sources: 'repeats the request to the next server',
    login: 'repeats a login: one attempt counts twice',
    closedBy: 'the snippet for logins: `proxy_next_upstream error timeout`',
    differences: ['more'],
    variants: [
      {
        lines: `proxy_next_upstream error timeout http_500 http_503 non_idempotent; proxy_next_upstream_tries 3;
          proxy_next_upstream_timeout 5s;`,
      },
    ],
  },
  {
    directives: ['proxy_ignore_headers'],
    sources:
      'without `X-Accel-Redirect` in the list, a service can return a page of this nginx instead',
    login: 'the same',
    closedBy: 'the snippets: a list of their own',
    variants: [{ lines: 'proxy_ignore_headers Cache-Control Expires Vary;' }],
  },
  {
    directives: [
      ...['proxy_ssl_verify', 'proxy_ssl_verify_depth', 'proxy_ssl_trusted_certificate'],
      'proxy_ssl_server_name',
    ],
    sources: 'disables certificate verification',
    login: 'disables certificate verification',
    closedBy: 'the snippets set all four',
    variants: [
      {
        lines: `proxy_ssl_verify off; proxy_ssl_verify_depth 0; proxy_ssl_trusted_certificate /tls.crt;
          proxy_ssl_server_name off;`,
      },
      { lines: 'proxy_ssl_verify on; proxy_ssl_trusted_certificate /tls.crt;' },
    ],
  },
  {
    directives: [
      ...[
        'proxy_ssl_certificate',
        'proxy_ssl_certificate_key',
        'proxy_ssl_ciphers',
        'proxy_ssl_conf_command',
      ],
      ...['proxy_ssl_crl', 'proxy_ssl_name', 'proxy_ssl_password_file', 'proxy_ssl_protocols'],
      'proxy_ssl_session_reuse',
    ],
    sources:
      'inherited: set them in the location if it needs others. `proxy_ssl_name` is the name that the certificate must have',
    login: 'the same',
    closedBy: 'not closed: the certificate is verified in any case',
    variants: [
      {
        lines: `proxy_ssl_certificate /tls.crt; proxy_ssl_certificate_key /tls.key; proxy_ssl_ciphers DEFAULT;
          proxy_ssl_name idp.test; proxy_ssl_protocols TLSv1.2 TLSv1.3; proxy_ssl_session_reuse off;
          proxy_ssl_conf_command Options SessionTicket; proxy_ssl_crl /tls.crl; proxy_ssl_password_file /passwords;`,
      },
    ],
  },
  {
    directives: ['proxy_http_version'],
    sources: 'inherited',
    login: 'inherited',
    differences: ['version'],
    variants: [{ lines: 'proxy_http_version 1.0;' }, { lines: 'proxy_http_version 1.1;' }],
  },
  {
    directives: ['proxy_connect_timeout', 'proxy_read_timeout', 'proxy_send_timeout'],
    sources: 'changes how long a request waits',
    login: 'the same',
    closedBy: 'the snippets set all three',
    variants: [
      { lines: 'proxy_connect_timeout 60s; proxy_read_timeout 1ms; proxy_send_timeout 60s;' },
    ],
    differences: ['upstream', 'refuses'],
  },
  {
    directives: [
      ...['proxy_buffering', 'proxy_request_buffering', 'proxy_buffers', 'proxy_buffer_size'],
      ...['proxy_busy_buffers_size', 'proxy_max_temp_file_size', 'proxy_temp_file_write_size'],
      ...['proxy_temp_path', 'proxy_limit_rate', 'proxy_send_lowat', 'proxy_force_ranges'],
      ...['proxy_ignore_client_abort', 'proxy_socket_keepalive', 'proxy_bind'],
      ...['proxy_headers_hash_bucket_size', 'proxy_headers_hash_max_size'],
    ],
    sources: 'inherited: the same bytes',
    login: 'inherited: the same bytes',
    variants: [
      { lines: 'proxy_buffering off; proxy_request_buffering off;' },
      { lines: 'proxy_buffering off; proxy_buffer_size 1k;' },
      {
        lines: `proxy_buffers 4 4k; proxy_buffer_size 4k; proxy_busy_buffers_size 8k; proxy_max_temp_file_size 0;
          proxy_temp_file_write_size 8k; proxy_temp_path /tmp/proxy-NAME; proxy_limit_rate 100k; proxy_force_ranges on;
          proxy_ignore_client_abort on; proxy_socket_keepalive on; proxy_bind off; proxy_send_lowat 0;
          proxy_headers_hash_bucket_size 128; proxy_headers_hash_max_size 1024;`,
      },
    ],
  },
  {
    directives: [
      ...['proxy_redirect', 'proxy_cookie_domain', 'proxy_cookie_flags', 'proxy_cookie_path'],
      ...['proxy_hide_header', 'proxy_pass_header', 'proxy_pass_trailers'],
    ],
    sources: 'the module reads no header but `Content-Encoding`',
    login: 'a hidden header is not relayed',
    variants: [
      {
        lines: `proxy_redirect / /elsewhere/; proxy_cookie_domain a b; proxy_cookie_flags a secure; proxy_cookie_path / /b;
          proxy_hide_header X-Site; proxy_pass_header Server;`,
      },
      { lines: 'proxy_pass_trailers on;', since: '1.27.2' },
    ],
  },
  {
    directives: ['auth_request', 'auth_request_set'],
    policy: 'nginx runs no access checks in subrequests',
    sources: 'the same',
    login: 'the same',
    errors: 'not run: `return` answers before access checks',
    closedBy:
      'an `auth_request` in the location replaces it; with `js_access` both must allow the request',
    differences: ['more', 'login'],
    variants: [
      { lines: 'auth_request /_nothing; auth_request_set $site_auth $upstream_status;' },
      { lines: 'auth_request /_auth_for_orders_validateJwt;' },
    ],
  },
  {
    directives: ['auth_basic', 'auth_basic_user_file', 'auth_delay', 'deny'],
    policy: 'nginx runs no access checks in subrequests',
    sources: 'the same',
    login: 'the same',
    errors: 'not run: `return` answers before access checks',
    closedBy: 'both must allow the request: a valid token alone is not enough',
    differences: ['refuses', 'statuses'],
    variants: [
      { lines: 'auth_basic site; auth_basic_user_file /passwords; auth_delay 10ms;' },
      { lines: 'deny all;' },
    ],
  },
  {
    directives: ['allow', 'satisfy'],
    policy: 'nginx runs no access checks in subrequests',
    sources: 'the same',
    login: 'the same',
    errors: 'not run: `return` answers before access checks',
    closedBy:
      '**`satisfy any` with `allow` or `auth_basic` is not closed**, see [below](#satisfy-any-in-server)',
    differences: ['login'],
    variants: [{ lines: 'satisfy all; allow all;' }, { lines: 'satisfy any; deny all;' }],
  },
  {
    directives: [
      ...[
        'limit_req',
        'limit_req_dry_run',
        'limit_req_log_level',
        'limit_req_status',
        'limit_conn',
      ],
      ...[
        'limit_conn_dry_run',
        'limit_conn_log_level',
        'limit_conn_status',
        'limit_rate',
        'limit_rate_after',
      ],
    ],
    policy: 'counted once, for the request of the client',
    sources: 'the same',
    login: 'the same',
    errors: 'the same',
    variants: [
      {
        http: `limit_req_zone $host zone=NAME-req:1m rate=100r/s; limit_conn_zone $host zone=NAME-conn:1m;`,
        lines: `limit_req zone=NAME-req burst=100 nodelay; limit_req_status 429; limit_req_log_level info;
          limit_req_dry_run off; limit_conn NAME-conn 1; limit_conn_status 429; limit_conn_log_level info;
          limit_conn_dry_run off; limit_rate 1m; limit_rate_after 1m;`,
      },
    ],
  },
  {
    directives: ['mirror', 'mirror_request_body'],
    policy: 'subrequests are not mirrored',
    sources: 'the same',
    login: 'the same',
    errors: 'a refused request is mirrored if the location has a content handler',
    differences: ['more'],
    variants: [{ lines: 'mirror /_mirror; mirror_request_body on;' }],
  },
  {
    directives: [
      ...[
        'add_header',
        'add_header_inherit',
        'add_trailer',
        'add_trailer_inherit',
        'expires',
        'userid',
      ],
      ...['etag', 'if_modified_since', 'max_ranges', 'slice'],
    ],
    errors: 'add their headers',
    login: 'apply to the response of `issueJwt`: `expires` adds `max-age` to `no-store`',
    closedBy: 'nginx: no effect on subrequests',
    differences: ['answers'],
    variants: [
      {
        lines: `add_header X-Site 1 always; add_trailer X-Site 1 always; expires 1h; etag off; if_modified_since before;
          userid on; max_ranges 0; slice 1k;`,
      },
      { lines: 'add_header_inherit merge; add_trailer_inherit merge;', since: '1.29.3' },
    ],
  },
  {
    directives: ['client_max_body_size'],
    policy:
      'refuses requests with a longer body: a subrequest has the `Content-Length` of the client',
    sources: 'the same',
    login: 'the same',
    errors: 'inherited',
    closedBy: 'the snippets: `client_max_body_size 0`',
    variants: [{ lines: 'client_max_body_size 1;' }],
  },
  {
    directives: ['subrequest_output_buffer_size'],
    sources: 'a longer answer closes the connection of the client',
    login: 'the same',
    closedBy: 'the snippets set it',
    variants: [{ lines: 'subrequest_output_buffer_size 1;' }],
  },
  {
    directives: [
      ...['client_body_buffer_size', 'client_body_in_file_only', 'client_body_in_single_buffer'],
      ...[
        'client_body_temp_path',
        'client_body_timeout',
        'client_header_buffer_size',
        'client_header_timeout',
      ],
      ...[
        'connection_pool_size',
        'request_pool_size',
        'large_client_header_buffers',
        'max_headers',
      ],
      ...['ignore_invalid_headers', 'underscores_in_headers', 'merge_slashes'],
      ...[
        'keepalive_disable',
        'keepalive_min_timeout',
        'keepalive_requests',
        'keepalive_time',
        'keepalive_timeout',
      ],
      ...['lingering_close', 'lingering_time', 'lingering_timeout', 'reset_timedout_connection'],
      ...['send_lowat', 'send_timeout', 'tcp_nodelay', 'tcp_nopush', 'http2_*', 'http3_*', 'ssl_*'],
      ...['set_real_ip_from', 'real_ip_header', 'real_ip_recursive'],
    ],
    variants: [
      {
        lines: `client_body_buffer_size 8; client_body_in_single_buffer on; client_body_temp_path /tmp/body-NAME;
          client_body_timeout 5s; client_header_buffer_size 2k; client_header_timeout 5s; connection_pool_size 512;
          request_pool_size 4k; large_client_header_buffers 4 16k; ignore_invalid_headers off; underscores_in_headers on;
          merge_slashes off; keepalive_disable none; keepalive_requests 10; keepalive_time 1m; keepalive_timeout 5s;
          lingering_close off; lingering_time 1s; lingering_timeout 1s; reset_timedout_connection on; send_timeout 5s;
          tcp_nodelay off; tcp_nopush on; http2 on; http2_max_concurrent_streams 8; http3_max_concurrent_streams 8;
          ssl_session_timeout 1m; send_lowat 0; types_hash_max_size 2048;
          set_real_ip_from 0.0.0.0/0; real_ip_header X-Real-IP; real_ip_recursive on;`,
      },
      { lines: 'client_body_in_file_only clean;' },
      { lines: 'keepalive_min_timeout 1s;', since: '1.27.4' },
      { lines: 'max_headers 100;', since: '1.29.8' },
    ],
  },
  {
    directives: [
      ...[
        'absolute_redirect',
        'port_in_redirect',
        'server_name_in_redirect',
        'msie_padding',
        'msie_refresh',
      ],
      ...['server_tokens', 'default_type', 'types', 'chunked_transfer_encoding', 'early_hints'],
      ...[
        'aio',
        'aio_write',
        'directio',
        'directio_alignment',
        'disable_symlinks',
        'open_file_cache',
      ],
      ...[
        'open_file_cache_errors',
        'open_file_cache_min_uses',
        'open_file_cache_valid',
        'output_buffers',
      ],
      ...['postpone_output', 'read_ahead', 'sendfile', 'sendfile_max_chunk'],
      ...[
        'root',
        'index',
        'autoindex',
        'autoindex_exact_size',
        'autoindex_format',
        'autoindex_localtime',
      ],
      ...['dav_methods', 'dav_access', 'create_full_put_path', 'min_delete_depth'],
      ...[
        'access_log',
        'error_log',
        'log_not_found',
        'log_subrequest',
        'open_log_file_cache',
        'rewrite_log',
      ],
      ...[
        'uninitialized_variable_warn',
        'resolver',
        'resolver_timeout',
        'secure_link',
        'secure_link_md5',
      ],
      ...['valid_referers', 'referer_hash_max_size', 'post_action', 'try_files', 'stub_status'],
    ],
    variants: [
      {
        lines: `absolute_redirect off; port_in_redirect off; server_name_in_redirect on; msie_padding off; msie_refresh on;
          server_tokens off; default_type text/html; types { text/css json; } chunked_transfer_encoding off;
          aio threads; aio_write on; directio 1k; directio_alignment 4k; disable_symlinks on; open_file_cache max=10;
          open_file_cache_errors on; open_file_cache_min_uses 1; open_file_cache_valid 1s; output_buffers 1 4k;
          postpone_output 0; read_ahead 1k; sendfile on; sendfile_max_chunk 4k; root /srv; index page.json; autoindex on;
          autoindex_exact_size off; autoindex_format json; autoindex_localtime on; dav_methods PUT DELETE;
          dav_access user:rw; create_full_put_path on; min_delete_depth 1; log_not_found off; log_subrequest on;
          open_log_file_cache max=10; rewrite_log on; uninitialized_variable_warn off; resolver 127.0.0.1;
          resolver_timeout 1s; secure_link $arg_a; secure_link_md5 $uri;
          post_action /_nothing;`,
      },
      {
        lines: 'access_log /tmp/access-NAME.log; error_log /tmp/error-NAME.log notice;',
        only: 'server',
      },
      {
        lines:
          'try_files /page.json =404; valid_referers none a.test; referer_hash_max_size 1024; stub_status;',
        only: 'server',
      },
      { lines: 'early_hints 1;', since: '1.29.0' },
    ],
  },
  {
    directives: [
      ...['js_engine', 'js_import', 'js_path', 'js_preload_object', 'js_context_reuse'],
      ...['js_context_reuse_max_size', 'js_fetch_buffer_size', 'js_fetch_ciphers'],
      ...['js_fetch_keepalive', 'js_fetch_max_response_buffer_size', 'js_fetch_protocols'],
      ...['js_fetch_proxy', 'js_fetch_timeout', 'js_fetch_trusted_certificate'],
      ...['js_fetch_verify', 'js_fetch_verify_depth'],
    ],
    sources:
      '**`js_fetch_verify off` is not closed**: it disables certificate verification for key URLs',
    closedBy: 'your configuration of `ngx.fetch`',
    variants: [
      {
        lines: `js_fetch_buffer_size 8k; js_fetch_ciphers DEFAULT; js_fetch_max_response_buffer_size 1m;
          js_fetch_protocols TLSv1.2 TLSv1.3; js_fetch_trusted_certificate /tls.crt; js_fetch_verify off;
          js_fetch_verify_depth 1; js_path /srv;`,
      },
      {
        lines:
          'js_engine njs; js_import other from /other.js; js_fetch_timeout 2s; js_preload_object page from /srv/page.json;',
        only: 'server',
      },
      {
        lines: `js_context_reuse 4; js_context_reuse_max_size 4m; js_fetch_keepalive 4;
          js_fetch_proxy http://127.0.0.1:9;`,
        since: '1.29.0',
      },
    ],
  },
  {
    directives: ['set', 'break', 'if', 'rewrite', 'return'],
    policy:
      'run for the subrequest: **a rewrite to another location is not closed**, see [below](#a-rewrite-in-server)',
    sources: 'run for the subrequest: the module rejects the answer of another location',
    login: 'run for the subrequest: the module rejects the answer of another location',
    errors: 'not run',
    closedBy: '`js_access`; with `auth_request`: `$jwt_unchecked`',
    variants: [
      { lines: 'set $site 1;', only: 'server' },
      {
        lines: 'if ($host = nobody) { return 403; } rewrite ^/nothing /else last; break;',
        only: 'server',
      },
    ],
  },
];

/** The table of docs/composition.md. */
export function describeInherited(): string {
  const rows = INHERITED.map(({ directives, policy, sources, login, errors, closedBy }) => [
    directives.map((name) => `\`${name}\``).join(' '),
    ...[policy, sources, login, errors].map((text) => text ?? '–'),
    closedBy ?? '',
  ]);
  return [
    [
      'directive',
      'policy',
      'keys, revocation, introspection',
      'login service',
      'error answers',
      'closed by',
    ],
    Array.from({ length: 6 }, () => '---'),
    ...rows,
  ]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('')
    .replace(/\| {2}\|/g, '| |')
    .replaceAll('| --- ', '|---')
    .replaceAll('|--- |', '|---|');
}
