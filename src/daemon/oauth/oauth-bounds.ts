/** How long a person may take for the page that asks for a key, in seconds. */
export const CONSENT_WITHIN_S = 600;
/** How long a code is good, in seconds: the client has it at once (RFC 6749 §4.1.2 allows ten minutes). */
export const CODE_WITHIN_S = 60;
/** Logins that wait for a person at a time, of all addresses together; of more, the oldest are dropped. */
export const MOST_WAITING = 1_000;
/** Clients that are registered at a time. One costs about a kilobyte. */
export const MOST_CLIENTS = 500;
/** A client that was not let in within this long is forgotten, in milliseconds. */
export const UNUSED_CLIENT_MS = 24 * 3_600_000;
/** Logins of all clients together; of more, those that were used longest ago end. */
export const MOST_GRANTS = 2_000;
/** Refresh tokens that were used, which are remembered of each login: a thief comes with one of the last. */
export const MOST_USED_TOKENS = 20;
/** Access tokens of one login that are good at a time; of more, the oldest end. */
export const MOST_ACCESS_TOKENS = 20;
/** Registrations of one address in an hour. Clients in the cloud share a few addresses. */
export const REGISTRATIONS_PER_ADDRESS = 30;
/** Registrations in an hour, of all addresses: fewer than there is room for. */
export const REGISTRATIONS = 200;
/** Pages that ask for a key which one address opens in a minute. */
export const LOGINS_PER_ADDRESS = 60;
/** Addresses that a client may be sent back to. */
export const MOST_REDIRECTS = 10;
/** Characters of each. */
export const LONGEST_REDIRECT = 2_000;
/** Characters of a client's name. */
export const LONGEST_NAME = 80;
/** Of bodies that are being sent, by all: a form or a client's metadata has one or two KB. */
export const MOST_BODY_BYTES = 8 * 1024 * 1024;
