import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to connections and to listeners on port 0: none of those takes it before it is used. */
const FIRST = 15_000;
const COUNT = 15_000;

/** Files that run at the same time have ports of their own: one that is found is used only later. */
const FILES = 8;
const PER_FILE = COUNT / FILES;
const first = FIRST + PER_FILE * (Number(process.env.VITEST_POOL_ID ?? 0) % FILES);
const given = new Set<number>();

/** A port of this machine on which nothing listens, and which this process was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * PER_FILE);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
