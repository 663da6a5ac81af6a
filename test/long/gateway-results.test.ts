import { expect, test } from 'vitest';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { growth } from '../helpers/growth.js';
import { fixture } from '../helpers/link.js';
import { rawClient, type Way } from '../helpers/raw-clients.js';
import { peakRssBytes, rssBytes } from '../helpers/rss.js';

const MB = 1_000_000;
const SHORT = 25;
const LONG = 100;
/** Linear is 4, quadratic 16. */
const MOST = 9;

test.each<Way>(['http', 'modern', 'sse', 'ws'])(
  'results of 25 and 100 MB through %s take linear time',
  { timeout: 300_000 },
  async (way) => {
    const { cli, origin } = await gatewayProgram({
      mcpServers: { big: program(fixture('big.mjs')) },
      settings: { maxFrameBytes: 256 * 1024 * 1024 },
    });
    const client = rawClient(way, origin, 'big');
    await client.open();
    const before = rssBytes(cli);
    let peak = 0;
    const tookMs = async (size: number) => {
      const startedAt = performance.now();
      const reply = await client.ask('tools/call', { name: 'big', size: size * MB });
      const ms = performance.now() - startedAt;
      expect(reply.error).toBeUndefined();
      expect(reply.bytes).toBeGreaterThan(size * MB);
      peak = Math.max(peak, rssBytes(cli));
      return ms;
    };
    const { factor, short, long } = await growth(
      { short: () => tookMs(SHORT), long: () => tookMs(LONG) },
      MOST,
    );
    const after = await peakRssBytes(cli, 2_000);
    const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);
    process.stderr.write(
      `${way}: ${SHORT} MB ${Math.round(short)} ms, ${LONG} MB ${Math.round(long)} ms; RSS ${mib(before)} MiB before, at most ${mib(peak)}, after ${mib(after)}\n`,
    );
    expect(factor).toBeLessThan(MOST);
    // A few copies of the longest result at a time; not one for each that was sent.
    expect(peak - before).toBeLessThan(600 * MB);
  },
);
