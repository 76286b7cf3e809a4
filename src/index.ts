import { answerError, errorBody, errorHeaders, loginLocation } from './handlers/answer-error.ts';
import { claims } from './handlers/claims.ts';
import { enforceJwt } from './handlers/enforce-jwt.ts';
import { issueJwt } from './handlers/issue-jwt.ts';
import { publishJwks } from './handlers/publish-jwks.ts';
import { redactedArgs, redactedUri } from './handlers/redacted-uri.ts';
import { refreshKeys } from './handlers/refresh-keys.ts';
import { unverifiedIss, unverifiedKid } from './handlers/unverified.ts';
import { validateJwt } from './handlers/validate-jwt.ts';

/** What `js_import auth_jwt from …` offers to the configuration. njs takes a default export only. */
export default {
  validateJwt,
  enforceJwt,
  answerError,
  errorBody,
  errorHeaders,
  loginLocation,
  claims,
  redactedArgs,
  redactedUri,
  refreshKeys,
  unverifiedIss,
  unverifiedKid,
  issueJwt,
  publishJwks,
};
