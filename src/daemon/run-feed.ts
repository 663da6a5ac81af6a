import type { FeedOfRun } from '../observe/feed/feed.js';
import type { LogRing } from '../observe/log-ring.js';
import type { App } from './app.js';
import type { RunGateway } from './gateway/run-gateway.js';
import type { RunningConfig } from './running-config.js';

/** The parts of a run that its feed tells of. */
export interface FeedParts {
  app: App;
  /** Version of mcp-pipe. */
  version: string;
  config?: RunningConfig | undefined;
  gateway?: Pick<RunGateway, 'state'> | undefined;
  log?: LogRing | undefined;
}

/** The feed of a run: one for all its readers, made for the first of them. Until then nothing of it is loaded. */
export interface RunFeed {
  load(): Promise<FeedOfRun>;
}
