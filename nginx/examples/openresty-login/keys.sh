# The one secret, which signs and verifies. Only nginx has it.
printf '{"kty":"oct","alg":"HS256","k":"%s"}' "$(openssl rand 32 | basenc --base64url -w0 | tr -d =)" \
    >/etc/nginx/keys/secret.jwk
