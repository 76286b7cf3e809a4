# kong.yml and more.yml show secrets that everybody can read. The gateway goes by others, made here: KONG_KEYS hands them to the
# login service, which plays all who sign.
KONG_KEYS=$(node --input-type=module -e '
    import { generateKeyPairSync, randomBytes } from "node:crypto";
    import { readFileSync, writeFileSync } from "node:fs";
    const file = JSON.parse(readFileSync("generated/consumers.json", "utf8"));
    const keys = {};
    for (const credential of file.consumers.flatMap(({ jwt_secrets }) => jwt_secrets)) {
        if (credential.jwk === undefined) {
            credential.secret = keys[credential.key] = randomBytes(32).toString("base64url");
        } else {
            const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
            credential.jwk = publicKey.export({ format: "jwk" });
            keys[credential.key] = privateKey.export({ format: "jwk" });
        }
    }
    writeFileSync("/etc/nginx/keys/consumers.json", JSON.stringify(file));
    console.log(JSON.stringify(keys));
')
export KONG_KEYS
