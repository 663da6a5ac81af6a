import type { Revision } from './runner.js';

/**
 * The checks of each scenario that the reference client passes: the SDK's own client for the runner (test/conformance of its
 * repository, 2026-08-18). These scenarios are the ones that count for a revision.
 */
export const REFERENCE: Readonly<Record<Revision, Readonly<Record<string, number>>>> = {
  '2025-11-25': {
    tools_call: 2,
    'auth/metadata-default': 19,
    'auth/metadata-var1': 19,
    'auth/metadata-var2': 19,
    'auth/metadata-var3': 19,
    'auth/basic-cimd': 14,
    'auth/scope-from-www-authenticate': 15,
    'auth/scope-from-scopes-supported': 15,
    'auth/scope-omitted-when-undefined': 15,
    'auth/scope-step-up': 21,
    'auth/scope-retry-limit': 10,
    'auth/token-endpoint-auth-basic': 20,
    'auth/token-endpoint-auth-post': 20,
    'auth/token-endpoint-auth-none': 20,
    'auth/pre-registration': 13,
    initialize: 1,
    'elicitation-sep1034-client-defaults': 5,
    'sse-retry': 3,
  },
  '2026-07-28': {
    tools_call: 2,
    'auth/metadata-default': 18,
    'auth/metadata-var1': 18,
    'auth/metadata-var2': 18,
    'auth/metadata-var3': 18,
    'auth/basic-cimd': 12,
    'auth/scope-from-www-authenticate': 14,
    'auth/scope-from-scopes-supported': 14,
    'auth/scope-omitted-when-undefined': 14,
    'auth/scope-step-up': 23,
    'auth/scope-retry-limit': 11,
    'auth/token-endpoint-auth-basic': 19,
    'auth/token-endpoint-auth-post': 19,
    'auth/token-endpoint-auth-none': 19,
    'auth/pre-registration': 10,
    'auth/resource-mismatch': 3,
    'auth/offline-access-scope': 11,
    'auth/offline-access-not-supported': 14,
    'auth/authorization-server-migration': 27,
    'auth/iss-supported': 14,
    'auth/iss-not-advertised': 14,
    'auth/iss-supported-missing': 8,
    'auth/iss-wrong-issuer': 8,
    'auth/iss-unexpected': 8,
    'auth/iss-normalized': 8,
    'auth/metadata-issuer-mismatch': 3,
    'request-metadata': 8,
    'sep-2322-client-request-state': 5,
    'http-standard-headers': 9,
    'http-custom-headers': 18,
    'http-invalid-tool-headers': 12,
    'json-schema-ref-no-deref': 1,
  },
};

/** Scenarios that the runner makes beside those and does not count. The reference client passes them as well. */
export const REFERENCE_UNSCORED: typeof REFERENCE = {
  '2025-11-25': {
    'auth/client-credentials-jwt': 7,
    'auth/client-credentials-basic': 7,
    'auth/enterprise-managed-authorization': 8,
    'json-schema-2020-12-preservation': 9,
  },
  '2026-07-28': {
    'auth/client-credentials-jwt': 5,
    'auth/client-credentials-basic': 5,
    'auth/enterprise-managed-authorization': 6,
    'json-schema-2020-12-preservation': 9,
  },
};
