import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** `CHROMIUM=/path` takes another one. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** It speaks to this machine only, and draws without a graphics card. */
const QUIET = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const QUIETER = ['--disable-component-update', '--disable-sync', '--no-proxy-server'];

/** @throws Error that names the script which installs it: a missing browser is a failure, never a skip. */
export function chromiumPath(): string {
  const { CHROMIUM } = process.env;
  const found = (CHROMIUM ? [CHROMIUM] : PLACES).find((path) => existsSync(path));
  if (found) return found;
  const looked = CHROMIUM ? `CHROMIUM=${CHROMIUM}` : PLACES.join(', ');
  throw new Error(
    `There is no Chromium here (looked for ${looked}). Run scripts/install-parts.sh, or set CHROMIUM.`,
  );
}

/** A Chromium that runs. `pid` is that of its first process. */
export interface RunningChromium {
  browser: Browser;
  pid: number;
  /** Ends it by its pid when it does not end by itself. */
  end(): Promise<void>;
}

export async function startChromium(args: readonly string[] = []): Promise<RunningChromium> {
  const server = await chromium.launchServer({
    executablePath: chromiumPath(),
    // Its sandbox needs a user who is not root.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...QUIET, ...QUIETER, ...args],
    host: '127.0.0.1',
  });
  const browser = await chromium.connect(server.wsEndpoint());
  return {
    browser,
    pid: server.process().pid!,
    async end() {
      await browser.close();
      const timer = setTimeout(() => server.kill(), 10_000);
      await server.close();
      clearTimeout(timer);
    },
  };
}
