import { describe, expect, test } from 'vitest';
import { feedViewOf, hrefOf, type Route, routeOf } from '../../../src/page/router.js';

describe('the addresses of the page', () => {
  test.each<[string, Route, string]>([
    ['', { view: 'overview' }, 'overview'],
    ['#/', { view: 'overview' }, 'overview'],
    ['#/nowhere', { view: 'overview' }, 'overview'],
    ['#/server/', { view: 'overview' }, 'overview'],
    ['#/log', { view: 'log' }, 'log'],
    ['#/settings', { view: 'settings' }, 'overview'],
    ['#/server/gia-vang', { view: 'server', name: 'gia-vang' }, 'server/gia-vang'],
    ['#/agent/Ph%C3%B2ng%20kh%C3%A1ch', { view: 'link', name: 'Phòng khách' }, 'link/Phòng khách'],
    ['#/server/%', { view: 'server', name: '%' }, 'server/%'],
  ])('%j', (hash, route, view) => {
    expect(routeOf(hash)).toEqual(route);
    expect(feedViewOf(route)).toBe(view);
  });

  test('lead to any name and back', () => {
    for (const name of ['a/b', '../..%2f#/log', '<img>', 'Bếp', '?x=1&y', '%41']) {
      expect(routeOf(hrefOf({ view: 'server', name }))).toEqual({ view: 'server', name });
      expect(routeOf(hrefOf({ view: 'link', name }))).toEqual({ view: 'link', name });
    }
  });
});
