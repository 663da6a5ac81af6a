import type { Kid } from '../dom.js';
import type { Route } from '../router.js';
import { page } from '../state.js';
import { keyView } from './key.js';
import { linkView } from './link.js';
import { logView } from './log.js';
import { overview } from './overview.js';
import { serverView } from './server.js';
import { settingsView } from './settings.js';

/** What `#main` shows. */
export function viewOf(route: Route): Kid {
  if (page.feed.status === 'locked') return keyView();
  switch (route.view) {
    case 'server':
      return serverView(route.name);
    case 'link':
      return linkView(route.name);
    case 'log':
      return logView();
    case 'settings':
      return settingsView();
    case 'overview':
      return overview();
  }
}
