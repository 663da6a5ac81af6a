/** The addresses of the page, all behind `#`, so that one file serves them all. */
export type Route =
  | { view: 'overview' }
  | { view: 'server'; name: string }
  | { view: 'link'; name: string }
  | { view: 'log' }
  | { view: 'settings' };

/** The route of `location.hash`; the overview for anything that is no route. */
export function routeOf(hash: string): Route {
  const [, view, name] = hash.replace(/^#/, '').split('/');
  // An agent is a link to the page; both words lead to it.
  const named = view === 'agent' ? 'link' : view;
  if ((named === 'server' || named === 'link') && name) return { view: named, name: decoded(name) };
  if (named === 'log' || named === 'settings') return { view: named };
  return { view: 'overview' };
}

/** The address of a route, for `href`. */
export function hrefOf(route: Route): string {
  if (route.view === 'overview') return '#/';
  const view = route.view === 'link' ? 'agent' : route.view;
  return 'name' in route ? `#/${view}/${encodeURIComponent(route.name)}` : `#/${view}`;
}

/** What the feed is asked for: `view=` of `/ui/feed`. */
export function feedViewOf(route: Route): string {
  if ('name' in route) return `${route.view}/${route.name}`;
  return route.view === 'log' ? 'log' : 'overview';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
