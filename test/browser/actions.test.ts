import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { browserOfFile } from '../helpers/browser.js';
import { descendants } from '../helpers/cli.js';
import { calculator, type DaemonPage, daemonPage, server, TOKEN } from '../helpers/daemon-page.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { goTo, isDrawn } from '../helpers/sample-page.js';

const browser = browserOfFile();
const within = { timeout: PATIENCE_MS };

/** Once the endpoint has listed the tools of both: what it asks for meanwhile is a call that an action would end. */
async function world(): Promise<DaemonPage> {
  const made = await daemonPage((endpoint) => ({
    mcpServers: {
      calculator: { command: process.execPath, args: [calculator] },
      basic: server('basic.mjs'),
    },
    agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } },
  }));
  const names = () => made.endpoint.connections().flatMap(({ tools = [] }) => tools.map(({ name }) => name));
  await eventually(() => ['calculate', 'hold'].every((tool) => names().includes(tool)), {
    what: 'the tools of both servers at the endpoint',
  });
  return made;
}

function pidsOf(cliPid: number, file: string): number[] {
  return descendants(cliPid).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(file));
}

/** A request that is awaited later: its error is kept until then. */
function outcomeOf(request: Promise<unknown>): Promise<string> {
  return request.then(JSON.stringify, (error: Error) => `refused: ${error.message}`);
}

/** The overview alone shows the number that an action is asked about; lists of calls may come before it. */
async function hasHeardOfOneCall(page: Page): Promise<void> {
  await goTo(page, '/');
  await page.getByText(/^1 call running$/).waitFor();
}

it('restart without calls asks nothing and starts another process', async () => {
  const { cli, origin } = await world();
  const page = await browser.open(`${origin}/#/server/basic`);
  await page.getByText('Ready').first().waitFor();
  const [before] = pidsOf(cli.pid, 'basic.mjs');
  await page.getByRole('button', { name: 'Restart' }).first().click();
  await expect
    .poll(() => pidsOf(cli.pid, 'basic.mjs').filter((pid) => pid !== before).length, within)
    .toBe(1);
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.getByText('Ready').first().waitFor();
  // What a person did stands in the log, and in the life of the server.
  await expect.poll(() => page.locator('#main').textContent(), within).toMatch(/restart/i);
});

it('restart during a call asks first, names the loss, and Cancel does nothing', async () => {
  const { cli, origin, caller } = await world();
  const endpoint = await caller();
  const page = await browser.open(origin);
  const [before] = pidsOf(cli.pid, 'basic.mjs');
  const held = outcomeOf(endpoint.request('tools/call', { name: 'hold', arguments: {} }));
  const restart = page.getByRole('button', { name: 'Restart' }).first();
  const dialog = page.getByRole('dialog');
  await hasHeardOfOneCall(page);
  await goTo(page, '/server/basic');
  await restart.click();
  await dialog.waitFor();
  expect(await dialog.textContent()).toMatch(/1 call is running/);
  expect(await dialog.textContent()).toContain('kitchen');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(pidsOf(cli.pid, 'basic.mjs')).toEqual([before]);
  await restart.click();
  await dialog.getByRole('button', { name: 'Restart basic' }).click();
  expect(await held).toMatch(/^refused: /);
  await expect.poll(() => pidsOf(cli.pid, 'basic.mjs').includes(before!), within).toBe(false);
});

it('a list that the page itself still reads is no call: only that of the assistant is asked about', async () => {
  const { cli, origin, caller } = await world();
  const endpoint = await caller();
  const [pid] = pidsOf(cli.pid, 'basic.mjs');
  // A server that stands still does not tell its tools.
  process.kill(pid!, 'SIGSTOP');
  onTestFinished(() => {
    if (pidsOf(cli.pid, 'basic.mjs').includes(pid!)) process.kill(pid!, 'SIGCONT');
  });
  const page = await browser.open(`${origin}/#/server/basic`);
  await page.getByText('Asking the server for its tools').waitFor();
  const echoed = outcomeOf(endpoint.request('tools/call', { name: 'echo', arguments: { text: 'heard' } }));
  // Calls of one connection reach mcp-pipe in their order: with this answer, the echo is in flight.
  await endpoint.request('tools/call', { name: 'calculate', arguments: { expression: '6 * 7' } });
  await hasHeardOfOneCall(page);
  await goTo(page, '/server/basic');
  await page.getByRole('button', { name: 'Restart' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  expect(await dialog.textContent()).toMatch(/\?1 call is running/);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  process.kill(pid!, 'SIGCONT');
  expect(await echoed).toContain('heard');
});

it('pause can be undone, and resume starts the server again', async () => {
  const { cli, origin } = await world();
  const page = await browser.open(`${origin}/#/server/basic`);
  await page.getByText('Ready').first().waitFor();
  await page.getByRole('button', { name: 'Pause' }).first().click();
  const dialog = page.getByRole('dialog');
  const undo = page.getByRole('button', { name: 'Undo' });
  await undo.or(dialog).first().waitFor();
  if (await dialog.isVisible()) await dialog.getByRole('button', { name: 'Pause basic' }).click();
  await page.getByText('Paused by you').first().waitFor();
  await expect.poll(() => pidsOf(cli.pid, 'basic.mjs'), within).toEqual([]);
  const resume = page.getByRole('button', { name: 'Resume' }).first();
  await resume.click();
  await expect.poll(() => pidsOf(cli.pid, 'basic.mjs'), within).toHaveLength(1);
  await page.locator('#main .state, #main h1 + *').getByText('Ready').first().waitFor();
});

it('a link is connected anew', async () => {
  const { origin, endpoint } = await world();
  const page = await browser.open(`${origin}/#/agent/kitchen`);
  await page.getByRole('heading', { level: 1, name: 'kitchen' }).waitFor();
  const reconnect = page.getByRole('button', { name: 'Reconnect' }).first();
  await reconnect.click();
  await expect.poll(() => endpoint.dials(TOKEN).length, within).toBe(2);
  await page
    .getByText(/^Connected/)
    .first()
    .waitFor();
});

it('a changed configuration can be read again, and an edit that is refused is explained', async () => {
  const { origin, write, endpoint } = await world();
  const page = await browser.open(origin);
  await isDrawn(page);
  const servers = { calculator: { command: process.execPath, args: [calculator] } };
  await write({ mcpServers: servers, agents: { kitchen: { endpoint: endpoint.serverUrl(TOKEN) } } });
  const reload = page.getByRole('button', { name: 'Reload configuration' });
  await reload.click();
  await expect.poll(() => page.getByRole('row', { name: /basic/ }).count(), within).toBe(0);
  await write({ mcpServers: { calculator: { command: 7 } } });
  await reload.click();
  const refusal = page
    .getByText(/calculator/)
    .and(page.getByText(/command/))
    .first();
  await refusal.waitFor();
  // What runs goes on.
  await page.getByRole('row', { name: /calculator.*Ready/s }).waitFor();
});

it('what an action is refused for stands under its button, with its code', async () => {
  const { origin } = await world();
  const page = await browser.open(`${origin}/#/server/basic`, { expects: [/Failed to load/] });
  await page.getByText('Ready').first().waitFor();
  // As if the server had gone between the last message of the feed and the click.
  await page.route('**/ui/do/restart**', (route) =>
    route.continue({ postData: JSON.stringify({ name: 'gone' }) }),
  );
  await page.getByRole('button', { name: 'Restart' }).first().click();
  const error = page.locator('#main [role=alert], #main .error').first();
  await error.waitFor();
  expect(await error.textContent()).toContain('gone');
  expect(await error.textContent()).toContain('calculator');
});

it('the page does not say that something is done before the daemon does', async () => {
  const { origin } = await world();
  const page = await browser.open(`${origin}/#/server/basic`);
  await page.getByText('Ready').first().waitFor();
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/ui/do/pause**', async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Pause' }).first().click();
  const dialog = page.getByRole('dialog');
  if (await dialog.isVisible()) await dialog.getByRole('button', { name: 'Pause basic' }).click();
  expect(await page.getByText('Paused by you').count()).toBe(0);
  letGo();
  await page.getByText('Paused by you').first().waitFor();
});
