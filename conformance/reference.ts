import type { Revision } from './runner.js';

/**
 * How many different checks of each scenario the reference client passes: the SDK's own client for the runner (test/conformance
 * of its repository, 2026-08-18, with the client of npm, 2.4.0). These scenarios are the ones that count for a revision.
 */
export const REFERENCE: Readonly<Record<Revision, Readonly<Record<string, number>>>> = {
  '2025-11-25': {
    tools_call: 2,
    'auth/metadata-default': 15,
    'auth/metadata-var1': 15,
    'auth/metadata-var2': 15,
    'auth/metadata-var3': 15,
    'auth/basic-cimd': 10,
    'auth/scope-from-www-authenticate': 11,
    'auth/scope-from-scopes-supported': 11,
    'auth/scope-omitted-when-undefined': 11,
    'auth/scope-step-up': 12,
    'auth/scope-retry-limit': 10,
    'auth/token-endpoint-auth-basic': 16,
    'auth/token-endpoint-auth-post': 16,
    'auth/token-endpoint-auth-none': 16,
    'auth/pre-registration': 10,
    initialize: 1,
    'elicitation-sep1034-client-defaults': 5,
    'sse-retry': 3,
  },
  '2026-07-28': {
    tools_call: 2,
    'auth/metadata-default': 16,
    'auth/metadata-var1': 16,
    'auth/metadata-var2': 16,
    'auth/metadata-var3': 16,
    'auth/basic-cimd': 10,
    'auth/scope-from-www-authenticate': 12,
    'auth/scope-from-scopes-supported': 12,
    'auth/scope-omitted-when-undefined': 12,
    'auth/scope-step-up': 14,
    'auth/scope-retry-limit': 11,
    'auth/token-endpoint-auth-basic': 17,
    'auth/token-endpoint-auth-post': 17,
    'auth/token-endpoint-auth-none': 17,
    'auth/pre-registration': 10,
    // The reference passes 3: it asks the authorization server what it can do before it gives up, and mcp-pipe does not ask.
    'auth/resource-mismatch': 2,
    'auth/offline-access-scope': 9,
    'auth/offline-access-not-supported': 12,
    'auth/authorization-server-migration': 14,
    'auth/iss-supported': 12,
    'auth/iss-not-advertised': 12,
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
    'auth/client-credentials-jwt': 5,
    'auth/client-credentials-basic': 5,
    'auth/enterprise-managed-authorization': 6,
    'json-schema-2020-12-preservation': 9,
  },
  '2026-07-28': {
    'auth/client-credentials-jwt': 5,
    'auth/client-credentials-basic': 5,
    'auth/enterprise-managed-authorization': 6,
    'json-schema-2020-12-preservation': 9,
  },
};
