const seconds = (ms: number) => `${ms / 1_000} seconds`;

/** The errors and warnings about the section "redis". */
export const redisFindings = {
  'redis-url': () => ({
    expected: 'the address of a Redis: redis://10.0.0.5:6379/0, or rediss:// for TLS',
    got: 'something else',
    next: 'Write host, port and number of the database alone; user and password may stand in it, or in "username" and "password", and "ca" names certificates.',
  }),
  'redis-nowhere': () => ({
    expected: 'the address of a Redis',
    got: 'none',
    next: `Write "url": "redis://10.0.0.5:6379/0", or set MCP_PIPE_REDIS.`,
  }),
  'redis-password-twice': () => ({
    expected: 'one password',
    got: 'one in the address, and one in "password"',
    next: 'Take the one out of the address.',
  }),
  'redis-ca': ({ file, reason }: { file: string; reason: string }) => ({
    expected: 'a file with certificates (PEM) that this user may read',
    got: `${file} (${reason})`,
    next: 'Name the certificate of the authority that has signed that of Redis; without "ca" the usual authorities are trusted.',
  }),
  'redis-ca-unused': () => ({
    expected: 'rediss:// in the address, which "ca" belongs to',
    got: 'redis://, a connection without TLS',
    next: 'Write rediss://, if Redis listens for TLS there (tls-port); otherwise leave "ca" out.',
  }),
  'redis-machine': () => ({
    expected: 'a name of 1 to 60 characters',
    got: 'something else',
    next: 'Write how people call this machine: "vps-1". Without it, it has the name of its host.',
  }),
  'redis-unencrypted': ({ host }: { host: string }) => ({
    expected: 'rediss://, or a Redis in a network of your own',
    got: `redis:// to ${host}`,
    next: 'Who reads the traffic on the way has the password, and could end every lease. Use TLS (tls-port of Redis and "ca"), a tunnel, or a private network.',
  }),
  'redis-ttl-short': ({ ttlMs, usualMs }: { ttlMs: number; usualMs: number }) => ({
    expected: `${seconds(usualMs)} or more`,
    got: seconds(ttlMs),
    next: `Links move sooner when a machine dies. But a machine that is frozen (a suspended virtual machine, a stopped process) keeps its socket at the endpoint until the endpoint notices, about 40 seconds; after ${seconds(ttlMs)} another machine connects beside it. Write it so if that is acceptable, the same on every machine.`,
  }),
};
