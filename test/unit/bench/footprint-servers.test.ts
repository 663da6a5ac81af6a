import { expect, it } from 'vitest';
import { footprintServers, placed } from '../../../bench/footprint-servers.js';

const servers = footprintServers();

it('there are ten servers, five of each registry, and six that are common', () => {
  expect(servers.filter(({ registry }) => registry === 'npm')).toHaveLength(5);
  expect(servers.filter(({ registry }) => registry === 'pypi')).toHaveLength(5);
  expect(servers.filter(({ common }) => common)).toHaveLength(6);
  expect(new Set(servers.map(({ name }) => name)).size).toBe(servers.length);
});

it.each(servers)('$name is pinned, and fetched by the runner of its registry', (server) => {
  expect(server.command).toBe(server.registry === 'npm' ? 'npx' : 'uvx');
  expect(server.args).toContain(`${server.package}@${server.version}`);
});

it('places are put where the servers have them', () => {
  const places = { folder: 'C:\\a "b"', url: 'http://127.0.0.1:1/' };
  const at = servers.map((server) => placed(server, places));
  expect(JSON.stringify(at)).not.toMatch(/\{(folder|url)\}/);
  expect(at.find(({ name }) => name === 'filesystem')!.args.at(-1)).toBe(places.folder);
  expect(at.find(({ name }) => name === 'fetch')!.call.arguments).toEqual({ url: places.url });
});
