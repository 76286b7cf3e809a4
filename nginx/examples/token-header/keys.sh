# The shared secret, and a key pair that only nginx needs to know. 32 bytes and 2048 bits at least.
SECRET_KEY=${SECRET_KEY:-$(openssl rand -hex 32)}
printf '{"keys":[{"kty":"oct","k":"%s"}]}' "$(printf %s "$SECRET_KEY" | basenc --base64url -w0 | tr -d =)" \
    >/etc/nginx/keys/hs256.jwk

node --input-type=module -e '
    import { generateKeyPairSync } from "node:crypto";
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    console.log(JSON.stringify({ ...privateKey.export({ format: "jwk" }), alg: "RS256" }));
' >/etc/nginx/keys/rs256.jwk
