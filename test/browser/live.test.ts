import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { descendants } from '../helpers/cli.js';
import { calculator, daemonPage, server, TOKEN } from '../helpers/daemon-page.js';
import { PATIENCE_MS } from '../helpers/eventually.js';
import { isDrawn } from '../helpers/sample-page.js';

const browser = browserOfFile();
const within = { timeout: PATIENCE_MS };

/** The process of a fixture below mcp-pipe. */
function pidOf(cliPid: number, file: string): number {
  const found = descendants(cliPid).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(file),
  );
  if (found === undefined) throw new Error(`${file} does not run`);
  return found;
}

it('a server that is killed and does not come back: row, verdict, title and live region say so', async () => {
  const { cli, cwd, origin, caller } = await daemonPage((endpoint) => ({
    mcpServers: {
      calculator: { command: process.execPath, args: [calculator] },
      lamp: { ...server('inputs.mjs', { MARK: 'broken' }), cwd: '.' },
    },
    agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } },
  }));
  const page = await browser.open(origin);
  await isDrawn(page);
  await page.getByRole('row', { name: /lamp.*Ready/s }).waitFor();
  await (await caller()).request('tools/call', { name: 'nothing', arguments: {} });
  await page.getByRole('heading', { level: 1, name: 'All is well' }).waitFor();
  expect(await page.title()).not.toMatch(/^\(/);
  await writeFile(join(cwd, 'broken'), '');
  process.kill(pidOf(cli.pid, 'inputs.mjs'), 'SIGKILL');
  await expect
    .poll(() => page.getByRole('row', { name: /lamp/ }).textContent(), { ...within, interval: 20 })
    .not.toMatch(/Ready/);
  await page.getByRole('heading', { level: 1, name: '1 server needs you' }).waitFor();
  await page.getByRole('row', { name: /lamp.*Crash loop/s }).waitFor();
  await expect.poll(() => page.title(), within).toMatch(/^\(1\) /);
  const said = page.locator('[aria-live=polite], [role=status]');
  await expect
    .poll(async () => (await said.allTextContents()).join(' '), within)
    .toMatch(/lamp.*crash loop.*1 needs you/i);
  // Why, its last words as they are, and the next start.
  const fault = page.locator('.fault', { hasText: 'lamp' });
  await fault.getByText('the file is there: broken').waitFor();
  expect(await fault.locator('img').count()).toBe(0);
  await fault.getByText(/Next start in/).waitFor();
  // The word on the page is that of the log.
  const down = await cli.event('server-down');
  expect(down.livedMs).toBeGreaterThan(0);
});

it('a daemon that stops leaves a blind page without buttons; the next one is told apart from it', async () => {
  const config = () => ({ mcpServers: { calculator: { command: process.execPath, args: [calculator] } } });
  const world = await daemonPage((endpoint) => ({
    ...config(),
    agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } },
  }));
  const page = await browser.open(world.origin, { expects: [/ERR_|Failed to load/] });
  await isDrawn(page);
  await page.getByRole('row', { name: /calculator.*Ready/s }).waitFor();
  await page.getByRole('link', { name: 'calculator', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'calculator' }).waitFor();
  const restart = page.getByRole('button', { name: 'Restart' });
  await expect.poll(() => restart.isEnabled(), within).toBe(true);
  world.cli.signal('SIGTERM');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/No connection to mcp-pipe/);
  expect(await page.locator('#main button:not(:disabled)', { hasText: /Restart|Pause|Call/ }).count()).toBe(
    0,
  );
  await page
    .getByRole('link', { name: /Overview/ })
    .first()
    .click();
  await page.getByRole('heading', { level: 1, name: /^Unknown/ }).waitFor();
  await world.cli.exited;
  await world.startAgain();
  await page.getByText(/mcp-pipe was restarted at \d/).waitFor();
  await alert.waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /calculator.*Ready/s }).waitFor();
});

it('a daemon that stands still, as one under a debugger, makes the page blind as well', async () => {
  const { cli, origin } = await daemonPage((endpoint) => ({
    mcpServers: { calculator: { command: process.execPath, args: [calculator] } },
    agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } },
  }));
  const page = await browser.open(origin, { expects: [/ERR_|Failed to load/] });
  await isDrawn(page);
  await page.getByRole('row', { name: /calculator.*Ready/s }).waitFor();
  cli.signal('SIGSTOP');
  try {
    await page.getByRole('alert').waitFor();
  } finally {
    cli.signal('SIGCONT');
  }
  await page.getByRole('alert').waitFor({ state: 'detached' });
  // It is the same one.
  expect(await page.getByText(/was restarted at/).count()).toBe(0);
});

it('calls of an assistant are counted on the page', async () => {
  const world = await daemonPage((endpoint) => ({
    mcpServers: { calculator: { command: process.execPath, args: [calculator] } },
    agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } },
  }));
  const page = await browser.open(world.origin);
  await isDrawn(page);
  // Nothing was asked yet: the first steps, with the last one open.
  const firstSteps = page.getByRole('heading', { name: /waiting for the first question/ });
  await firstSteps.waitFor();
  const caller = await world.caller();
  for (let i = 1; i <= 3; i++) {
    await caller.request('tools/call', { name: 'calculate', arguments: { expression: `${i} * 7` } });
  }
  const row = page.getByRole('row', { name: /calculator/ });
  await firstSteps.waitFor({ state: 'detached' });
  // The endpoint's own request for the list of tools counts as well.
  const perMinute = async () => Number.parseFloat((await row.getByRole('cell').first().textContent()) ?? '');
  await expect.poll(perMinute, within).toBeGreaterThanOrEqual(3);
});
