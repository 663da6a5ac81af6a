// Written by `npm run schema` from the schemas of zod (D367).
import type { CompiledShape } from './compiled-shape.js';
import type { SchemaName } from './schemas.js';

const s0: CompiledShape = { is: "any" };
const s1: CompiledShape = { is: "text" };
const s2: CompiledShape = { is: "boolean" };
const s3: CompiledShape = { is: "text", leastLength: 1 };
const s4: CompiledShape = { is: "list", of: s1 };
const s5: CompiledShape = { is: "record", of: s0 };
const s6: CompiledShape = { is: "record", of: s1 };
const s7: CompiledShape = { is: "word", of: ["plain", "keep"] };
const s8: CompiledShape = { is: "word", of: ["run", "demand"] };
const s9: CompiledShape = { is: "text", form: /^[^\p{Cc}]{1,60}$/u };
const s10: CompiledShape = { is: "text", form: /^[A-Za-z0-9_-]{0,8}$/ };
const s11: CompiledShape = { is: "number", least: 0, most: 2147483647 };
const s12: CompiledShape = { is: "number", least: 1, most: 1073741824 };
const s13: CompiledShape = { is: "number", least: 0, most: 1073741824 };
const s14: CompiledShape = { is: "number", least: 10, most: 2147483647 };
const s15: CompiledShape = { is: "text", fulfils: { says: "lifetime" } };
const s16: CompiledShape = { is: "number", least: 100, most: 2147483647 };
const s17: CompiledShape = { is: "word", of: ["auto", "always", "never"] };
const s18: CompiledShape = { is: "number", least: 1000, most: 2147483647 };
const s19: CompiledShape = { is: "number", least: 1024, most: 1073741824 };
const s20: CompiledShape = { is: "object", keys: { url: s1 } };
const s21: CompiledShape = { is: "word", of: ["auto", "notify", "reconnect"] };
const s22: CompiledShape = { is: "number", isWhole: true, least: 1, most: 64 };
const s23: CompiledShape = { is: "word", of: ["auto", "pipe", "mux", "rotate"] };
const s24: CompiledShape = { is: "number", isWhole: true, least: 1, most: 1000 };
const s25: CompiledShape = { is: "number", isWhole: true, least: 1, most: 65535 };
const s26: CompiledShape = { is: "number", isWhole: true, least: 1, most: 10000 };
const s27: CompiledShape = { is: "number", isWhole: true, least: 0, most: 10000 };
const s28: CompiledShape = { is: "number", isWhole: true, least: 1, most: 1000000 };
const s29: CompiledShape = { is: "either", of: [s1, s4] };
const s30: CompiledShape = { is: "either", of: [s1, { is: "number" }, s2] };
const s31: CompiledShape = { is: "either", of: [s2, { is: "text", form: /^(true|false)$/i }] };
const s32: CompiledShape = { is: "either", of: [s2, { is: "text", fulfils: { says: "rate" } }] };
const s33: CompiledShape = { is: "either", of: [{ is: "number", isWhole: true, least: 0, most: 65535 }, s1] };
const s34: CompiledShape = { is: "list", of: s30 };
const s35: CompiledShape = { is: "record", of: s30 };
const s36: CompiledShape = { is: "either", of: [{ is: "number", least: 65536, most: 1073741824 }, { is: "text", fulfils: { says: "size", least: 65536, most: 1073741824 } }] };
const s37: CompiledShape = { is: "either", of: [s11, { is: "text", form: /^\s*\d+(\.\d+)?\s*(ms|s|m|h)?\s*$/, fulfils: { says: "duration", least: 0, most: 2147483647 } }] };
const s38: CompiledShape = { is: "either", of: [s16, { is: "text", form: /^\s*\d+(\.\d+)?\s*(ms|s|m|h)?\s*$/, fulfils: { says: "duration", least: 100, most: 2147483647 } }] };
const s39: CompiledShape = { is: "either", of: [s18, { is: "text", form: /^\s*\d+(\.\d+)?\s*(ms|s|m|h)?\s*$/, fulfils: { says: "duration", least: 1000, most: 2147483647 } }] };
const s40: CompiledShape = { is: "object", keys: { key: s1, hash: s1, servers: s4, agents: s4, tools: s4, readOnly: s31, rate: s32, concurrent: s26, expires: s1 } };
const s41: CompiledShape = { is: "object", keys: { issuer: s1, audience: s29, jwks: s1, algorithms: s29, clockTolerance: s37, scopes: s29, grants: { is: "record", of: { is: "object", keys: { servers: s4, agents: s4, tools: s4, readOnly: s31, rate: s32, concurrent: s26 } } } }, needs: ["issuer"] };

/** What each part of the configuration has to look like. */
export const SHAPES: Readonly<Record<SchemaName, CompiledShape>> = {
  root: { is: "object", keys: { mcpServers: s5, servers: s5, context_servers: s5, mode: s23, prefix: s17, toolNames: s7, separator: s10, onListChange: s21, tokens: s5, agents: s5, alerts: s0, sentry: s0, otlp: s0, gateway: s0, ui: s0, metrics: s0, audit: s0, redis: s0, updateNotice: s2, settings: s0 }, takesOthers: true },
  server: { is: "object", keys: { command: s1, args: s34, cwd: s1, user: s1, nice: { is: "number", isWhole: true, least: -20, most: 19 }, sandbox: { is: "either", of: [{ is: "word", of: ["auto"] }, { is: "object", keys: { read: s34, write: s34, network: s31, by: { is: "word", of: ["bubblewrap", "landlock"] } } }] }, image: { is: "either", of: [s3, { is: "object", keys: { name: s3, network: { is: "either", of: [s31, s1] }, mounts: s34 }, needs: ["name"] }] }, url: s1, serverUrl: s1, httpUrl: s1, baseUrl: s1, headers: s35, headersCommand: { is: "either", of: [s1, { is: "object", keys: { command: s1, args: s34, cwd: s1 }, needs: ["command"] }] }, headersHelper: s1, proxy: s1, ca: s1, cert: s1, key: s1, ipv4Only: s31, oauth: { is: "either", of: [{ is: "object", keys: { grant: { is: "word", of: ["authorization_code", "client_credentials"] }, clientId: s1, clientSecret: s1, privateKeyFile: s1, tokenEndpointAuthMethod: { is: "word", of: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"] }, scopes: { is: "either", of: [s4, s1] }, redirectPort: s25, callbackPort: s25, clientMetadataUrl: s1, account: s1 } }, { is: "word", of: [false] }] }, insecureHost: s1, env: s35, envFile: s1, endpoint: s29, share: { is: "word", of: ["server", "agent", "key", "session"] }, callerEnv: s6, handshake: { is: "word", of: ["speculative", "passthrough"] }, tools: { is: "either", of: [{ is: "object", keys: { allow: s4, deny: s4, rename: { is: "record", of: { is: "text", form: /^[A-Za-z0-9_-]{1,64}$/ } }, describe: s6 } }, s4] }, readOnly: s31, checkArguments: s31, includeTools: s4, enabledTools: s4, excludeTools: s4, disabledTools: s4, calls: { is: "object", keys: { rate: s32, concurrent: s26, queue: s27, timeout: s38, breaker: { is: "either", of: [s31, { is: "object", keys: { failures: s24, pause: s38 } }] }, tools: { is: "record", of: { is: "object", keys: { rate: s32, timeout: s38 } } } } }, priority: { is: "number", least: -1000000, most: 1000000 }, accountGroup: s9, rotate: { is: "object", keys: { dwellMs: s38, order: { is: "number", least: -1000, most: 1000 } } }, limits: { is: "object", keys: { memory: { is: "either", of: [{ is: "number", least: 16777216, most: 1099511627776 }, { is: "text", fulfils: { says: "size", least: 16777216, most: 1099511627776 } }] }, cpu: { is: "number", least: 1, most: 25600 }, pids: { is: "number", least: 2, most: 100000, isWhole: true } } }, retrySafeCalls: s31, overlap: s31, start: s8, lock: s31, idlePark: s37, keep: s29, instances: { is: "either", of: [s22, { is: "object", keys: { count: s22, sticky: { is: "word", of: ["agent", "session"] } }, needs: ["count"] }] }, drift: { is: "word", of: ["tell", "hold", "ignore"] }, approve: { is: "either", of: [{ is: "word", of: ["destructive"] }, s4] }, approveWithin: s39, cache: { is: "either", of: [s31, { is: "object", keys: { ttl: s38, tools: s4, shared: s31, maxBytes: s36, store: { is: "word", of: ["memory", "redis"] } } }] }, disabled: s31, enabled: s31, isActive: s31, type: s1, transportType: s1, transport: s1 }, takesOthers: true },
  token: { is: "object", keys: { mode: s23, prefix: s17, toolNames: s7, separator: s10, onListChange: s21, accountGroup: s9, minDelayMs: s14, maxDelayMs: s14, stableAfterMs: s11, dialTimeoutMs: s16, initializeTimeoutMs: s16, initializeWarnMs: s16, holdTimeoutMs: s11, keepaliveIntervalMs: s16, keepaliveTimeoutMs: s16, deafAfterMs: s18, deafFactor: s12, unaskedAfterMs: s11, drainTimeoutMs: s11, endTimeoutMs: s11, termTimeoutMs: s11, strayTimeoutMs: s11, closeTimeoutMs: s11, maxFrameBytes: s19, maxQueuedBytes: s13, httpCalls: s12, httpSilenceMs: s18, keptConnections: s13, keptConnectionMs: s11, headersCommandTimeoutMs: s16, callRetryMs: s16, instanceIdleMs: s11, maxInstances: s12, maxInstancesOfServer: s12, connectionsPerToken: s12, connectionsPerAccount: s13, callTimeoutMs: s16, callWarnMs: s11, restartAfterCalls: s13, serverPingTimeoutMs: s16, gatherTimeoutMs: s11, listChangedDelayMs: s11, listChangeWaitMs: s16, listRenewalEveryMs: s18, toolsPerPage: s13, maxTools: s13, maxToolListBytes: s13, maxListBytes: s19, maxResultBytes: s13, rotateEveryMs: s16, rotateBusyMs: s11, rotateKeepMs: s11, loginWarnMs: s11, idleParkMs: s11 } },
  agent: { is: "object", keys: { endpoint: s29, servers: s4, tools: { is: "record", of: { is: "either", of: [{ is: "object", keys: { allow: s4, deny: s4 } }, s4] } }, readOnly: s31, rate: s32, concurrent: s26, disabled: s31, enabled: s31, mode: s23, prefix: s17, toolNames: s7, separator: s10, onListChange: s21, accountGroup: s9, minDelayMs: s14, maxDelayMs: s14, stableAfterMs: s11, dialTimeoutMs: s16, initializeTimeoutMs: s16, initializeWarnMs: s16, holdTimeoutMs: s11, keepaliveIntervalMs: s16, keepaliveTimeoutMs: s16, deafAfterMs: s18, deafFactor: s12, unaskedAfterMs: s11, drainTimeoutMs: s11, endTimeoutMs: s11, termTimeoutMs: s11, strayTimeoutMs: s11, closeTimeoutMs: s11, maxFrameBytes: s19, maxQueuedBytes: s13, httpCalls: s12, httpSilenceMs: s18, keptConnections: s13, keptConnectionMs: s11, headersCommandTimeoutMs: s16, callRetryMs: s16, instanceIdleMs: s11, maxInstances: s12, maxInstancesOfServer: s12, connectionsPerToken: s12, connectionsPerAccount: s13, callTimeoutMs: s16, callWarnMs: s11, restartAfterCalls: s13, serverPingTimeoutMs: s16, gatherTimeoutMs: s11, listChangedDelayMs: s11, listChangeWaitMs: s16, listRenewalEveryMs: s18, toolsPerPage: s13, maxTools: s13, maxToolListBytes: s13, maxListBytes: s19, maxResultBytes: s13, rotateEveryMs: s16, rotateBusyMs: s11, rotateKeepMs: s11, loginWarnMs: s11, idleParkMs: s11 } },
  settings: { is: "object", keys: { minDelayMs: s14, maxDelayMs: s14, stableAfterMs: s11, dialTimeoutMs: s16, initializeTimeoutMs: s16, initializeWarnMs: s16, maxParallelStarts: s13, startSlotMs: s11, holdTimeoutMs: s11, keepaliveIntervalMs: s16, keepaliveTimeoutMs: s16, deafAfterMs: s18, deafFactor: s12, unaskedAfterMs: s11, drainTimeoutMs: s11, endTimeoutMs: s11, termTimeoutMs: s11, strayTimeoutMs: s11, closeTimeoutMs: s11, maxFrameBytes: s19, maxQueuedBytes: s13, httpCalls: s12, httpSilenceMs: s18, keptConnections: s13, keptConnectionMs: s11, headersCommandTimeoutMs: s16, callRetryMs: s16, instanceIdleMs: s11, maxInstances: s12, maxInstancesOfServer: s12, maxServersMemory: { is: "either", of: [{ is: "number", least: 0, most: 1099511627776 }, { is: "text", fulfils: { says: "size", least: 0, most: 1099511627776 } }] }, connectionsPerToken: s12, connectionsPerAccount: s13, callTimeoutMs: s16, callWarnMs: s11, restartAfterCalls: s13, serverPingTimeoutMs: s16, gatherTimeoutMs: s11, listChangedDelayMs: s11, listChangeWaitMs: s16, listRenewalEveryMs: s18, toolsPerPage: s13, maxTools: s13, maxToolListBytes: s13, maxListBytes: s19, maxResultBytes: s13, rotateEveryMs: s16, rotateBusyMs: s11, rotateKeepMs: s11, loginWarnMs: s11, idleParkMs: s11, start: s8, lock: s31 } },
  gateway: { is: "object", keys: { host: s1, port: s33, keys: { is: "record", of: { is: "either", of: [s1, s40] } }, oauth: { is: "either", of: [s2, { is: "object", keys: { accessToken: s15, refreshToken: s15, registration: s31, clientDocuments: s31, redirectHosts: s29 } }] }, publicUrl: s1, jwt: { is: "either", of: [s41, { is: "list", of: s41 }] }, keyFile: s1, allowedOrigins: s29, allowedHosts: s29, exposedHeaders: s29, stateless: s31, replica: s1, sessionKey: s1, sessionIdle: s39, maxSessions: s28, maxBody: { is: "either", of: [s19, { is: "text", fulfils: { says: "size", least: 1024, most: 1073741824 } }] }, rate: s32, ratePerAddress: s32, concurrent: s26, queue: s27, insecureNoAuth: s31, trustProxy: s29, tls: { is: "object", keys: { cert: s1, key: s1 } }, maxConnections: s28, maxConnectionsPerAddress: s28, maxSessionsPerKey: s28, responseHeaders: s35, paths: { is: "object", keys: { http: s29, sse: s29, message: s29, ws: s29, health: s29 } } } },
  gatewayKey: s40,
  issuer: s41,
  alerts: { is: "object", keys: { telegram: { is: "object", keys: { botToken: s1, chatId: s30, threadId: { is: "number", least: 1, most: 2147483647 }, apiUrl: s1 } }, slack: s20, discord: s20, webhook: { is: "object", keys: { url: s1, headers: s35, secret: s1 } }, afterMs: s39, on: { is: "list", of: { is: "word", of: ["link-down", "server-down", "crash-loop", "server-hung", "server-over-limit", "token-contention", "login-ending", "waits-for-person"] } }, lang: { is: "word", of: ["en", "vi"] }, name: s1 } },
  audit: { is: "object", keys: { file: s1, arguments: s2, keep: s24, size: s36 } },
  metrics: { is: "object", keys: { address: s33, key: s1, insecureNoAuth: s31 } },
  otlp: { is: "object", keys: { url: s1, headers: s35 } },
  redis: { is: "object", keys: { url: s1, username: s1, password: s1, ca: s1, ttl: { is: "either", of: [{ is: "number", least: 3000, most: 600000 }, { is: "text", form: /^\s*\d+(\.\d+)?\s*(ms|s|m|h)?\s*$/, fulfils: { says: "duration", least: 3000, most: 600000 } }] }, machine: s1 } },
  sentry: { is: "object", keys: { dsn: s1, environment: s1, release: s1, sampleRate: { is: "number", least: 0, most: 1 } } },
  ui: { is: "object", keys: { address: s33, key: s1, readKey: s1, allowedHosts: s29 } },
};

/** The keys about how a server is reached, by the kind of the server. */
export const KEYS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  stdio: ["command", "args", "cwd", "user", "nice", "sandbox", "image"],
  http: ["url", "serverUrl", "httpUrl", "baseUrl", "headers", "headersCommand", "headersHelper", "proxy", "ca", "cert", "key", "ipv4Only", "oauth", "insecureHost"],
  sse: ["url", "serverUrl", "httpUrl", "baseUrl", "headers", "headersCommand", "headersHelper", "proxy", "ca", "cert", "key", "ipv4Only", "oauth", "insecureHost"],
  ws: ["url", "serverUrl", "httpUrl", "baseUrl", "headers", "headersCommand", "headersHelper", "proxy", "ca", "cert", "key", "ipv4Only", "oauth", "insecureHost"],
};
