import { expect, test } from 'vitest';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { fixture } from '../helpers/link.js';
import { rawClient, type Way } from '../helpers/raw-clients.js';
import { peakRssBytes, rssBytes } from '../helpers/rss.js';

const MB = 1_000_000;
const SIZES = [25, 50, 100];
/** Linear is 4 from 25 to 100 MB, quadratic 16; other work of the machine slows some of them. */
const MOST = 9;
/** Of each size; the fastest counts. */
const TRIES = 3;

test.each<Way>(['http', 'modern', 'sse', 'ws'])(
  'results of 25, 50 and 100 MB through %s take linear time',
  async (way) => {
    const { cli, origin } = await gatewayProgram({
      mcpServers: { big: program(fixture('big.mjs')) },
      settings: { maxFrameBytes: 256 * 1024 * 1024 },
    });
    const client = rawClient(way, origin, 'big');
    await client.open();
    const before = rssBytes(cli);
    const tookMs: number[] = [];
    let peak = 0;
    for (const size of SIZES) {
      let fastest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < TRIES; i++) {
        const startedAt = performance.now();
        const reply = await client.ask('tools/call', { name: 'big', size: size * MB });
        expect(reply.error).toBeUndefined();
        expect(reply.bytes).toBeGreaterThan(size * MB);
        fastest = Math.min(fastest, performance.now() - startedAt);
      }
      tookMs.push(fastest);
      peak = Math.max(peak, rssBytes(cli));
    }
    const after = await peakRssBytes(cli, 2_000);
    const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);
    const took = tookMs.map((ms, i) => `${SIZES[i]} MB ${Math.round(ms)} ms`).join(', ');
    process.stderr.write(
      `${way}: ${took}; RSS ${mib(before)} MiB before, at most ${mib(peak)}, after ${mib(after)}\n`,
    );
    expect(tookMs[2]! / tookMs[0]!).toBeLessThan(MOST);
    // A few copies of the longest result at a time; not one for each that was sent.
    expect(peak - before).toBeLessThan(600 * MB);
  },
);
