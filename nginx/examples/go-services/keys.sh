# The secret that the login service signs with, and the same as a key set for nginx. 32 bytes at least.
JWT_SECRET=${JWT_SECRET:-$(openssl rand -hex 32)}
export JWT_SECRET

# The article's line, but for -w0 and the quotes around both expansions: without them a secret over 57
# bytes gets a space into "k", and one with spaces in it is another secret.
echo -n '{"keys":[{"k":"'"$(echo -n "$JWT_SECRET" | base64 -w0 | tr -d '=' | tr '/+' '_-')"'","kty":"oct"}]}' \
    >/etc/nginx/keys/jwt_key.jwk
