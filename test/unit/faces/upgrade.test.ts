import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { BehaviourTable, defaultBehaviour } from '../../../src/faces/endpoint/behaviour.js';
import {
  fingerprintFor,
  isCrossSite,
  readHttpToken,
  readTarget,
  routeOf,
  shownPath,
} from '../../../src/faces/endpoint/upgrade.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';

const asked = (url: string, headers: Record<string, string> = {}) =>
  ({ url, headers }) as unknown as IncomingMessage;

describe('upgrade', () => {
  it('knows the paths of both kinds of endpoint', () => {
    expect(routeOf('/mcp')).toEqual(routeOf('/mcp/'));
    expect(routeOf('/mcp/')).toEqual({ side: 'server', imitates: 'cloud' });
    expect(routeOf('/call')).toEqual({ side: 'caller', imitates: 'cloud' });
    expect(routeOf('/mcp_endpoint/call/')).toEqual({ side: 'caller', imitates: 'self-hosted' });
    expect(routeOf('/mcp_endpoint/mcp')).toEqual({ status: 403 });
    expect(routeOf('/elsewhere')).toEqual({ status: 404 });
    expect(routeOf('constructor')).toEqual({ status: 404 });
  });

  it('reads a token as the dialling side does', () => {
    const token = 'a+b/c==&d é';
    expect(readTarget(asked(`/mcp/?token=${encodeURIComponent(token)}`))).toEqual({ path: '/mcp/', token });
    expect(readTarget(asked('http://elsewhere/mcp/?token=a'))).toBeUndefined();
    expect(readTarget(asked('*'))).toBeUndefined();
  });

  it('reads the token of a caller over HTTP from its path, and shows none of it', () => {
    const token = 'a/b?c#d é%';
    for (const path of [`/call/${encodeURIComponent(token)}`, `/call/${encodeURIComponent(token)}/?x=1`]) {
      expect(readHttpToken(asked(path))).toBe(token);
      expect(shownPath(asked(path))).toBe('/call/...');
    }
    for (const path of ['/call/', '/call', '/call/?token=a', '/call/%zz', '/call/a/b', '/elsewhere/a', '*']) {
      expect(readHttpToken(asked(path))).toBeUndefined();
    }
    expect(shownPath(asked('/call/secret/more'))).toBe('/call/...');
    expect(shownPath(asked('/call/?token=a'))).toBe('/call/');
    expect(shownPath(asked('/elsewhere'))).toBe('/elsewhere');
  });

  it('computes the fingerprint that the dialling side logs', () => {
    for (const host of ['localhost:80', 'localhost:4000', '[::1]:1', 'example.org']) {
      const dialled = new Endpoint(`ws://${host}/mcp/?token=${encodeURIComponent('t+/=')}`);
      // A client leaves the scheme's own port out of Host (RFC 9110 §7.2).
      const header = host.replace(/:80$/, '');
      expect(fingerprintFor(asked('/', { host: header }), 't+/=', 'own:1')).toBe(dialled.fingerprint);
    }
    expect(fingerprintFor(asked('/'), 't', 'own:1')).toBe(new Endpoint('ws://own:1/?token=t').fingerprint);
  });

  it('takes a page of another site for what it is', () => {
    const own = ['127.0.0.1:4000', 'localhost:4000'];
    expect(isCrossSite(asked('/', {}), own)).toBe(false);
    expect(isCrossSite(asked('/', { origin: 'http://localhost:4000' }), own)).toBe(false);
    expect(isCrossSite(asked('/', { origin: 'http://localhost:3000' }), own)).toBe(true);
    expect(isCrossSite(asked('/', { origin: 'null' }), own)).toBe(true);
    // A name that points here (DNS rebinding) is still another site.
    expect(isCrossSite(asked('/', { origin: 'http://evil.test:4000', host: 'evil.test:4000' }), own)).toBe(
      true,
    );
    expect(isCrossSite(asked('/', { origin: 'http://lan:4000', host: 'lan:4000' }), undefined)).toBe(false);
    expect(isCrossSite(asked('/', { origin: 'http://evil.test', host: 'lan:4000' }), undefined)).toBe(true);
  });
});

describe('BehaviourTable', () => {
  it('puts the settings of one token on top of those of everybody', () => {
    const table = new BehaviourTable({ delayMs: 5 }, { slow: { delayMs: 50 } });
    table.set({ silent: true });
    table.set({ refuse: { code: 1008, reason: 'no' } }, 'slow');
    expect(table.of('other')).toEqual({ ...defaultBehaviour, delayMs: 5, silent: true });
    expect(table.of('slow')).toMatchObject({ delayMs: 50, silent: true, refuse: { code: 1008 } });
    table.set({ refuse: undefined }, 'slow');
    expect(table.of('slow').refuse).toBeUndefined();
  });

  it('refuses close codes that cannot be sent', () => {
    const table = new BehaviourTable();
    for (const code of [0, 999, 1005, 1006, 2000, 5000, 4000.5]) {
      expect(() => table.set({ refuse: { code, reason: '' } })).toThrow(RangeError);
    }
    expect(() => table.set({ closeWith: { code: 4004, reason: 'é'.repeat(62) } })).toThrow(/124 bytes/);
    for (const code of [1000, 1008, 1011, 3000, 4004]) table.set({ refuse: { code, reason: '' } });
  });
});
