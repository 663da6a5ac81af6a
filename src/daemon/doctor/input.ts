import type { Settings } from '../../config/defaults.js';
import type { Plan } from '../../config/plan.js';
import type { ProxyUse } from '../../config/proxy-choice.js';
import type { RedisPlan } from '../../config/redis-section.js';
import type { Lang } from '../../messages/index.js';
import type { PackagePlaces } from '../../packages/start-locked.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import type { HttpProxy } from '../../protocol/http-proxy.js';
import type { RunningDaemon } from './running.js';

/** A connection that would be made. */
export interface DoctorLink {
  name: string;
  endpoint: Endpoint;
  proxy: HttpProxy | undefined;
  settings: Settings;
  account: string | undefined;
}

export interface DoctorInput {
  /** The connections whose endpoints are examined. */
  links: readonly DoctorLink[];
  /** What would run, without what is not examined; undefined: the configuration cannot be used, and no server is started. */
  plan: Plan | undefined;
  running: RunningDaemon | undefined;
  /** The Redis that machines share; undefined: none. */
  redis: RedisPlan | undefined;
  /** `reach`: no token is used; `none`: nothing outside of this computer is asked. */
  network: 'dial' | 'reach' | 'none';
  /** Endpoints that are dialled through a proxy. */
  proxies: readonly ProxyUse[];
  /** Where its packages are locked and installed. */
  packages: PackagePlaces;
  /** Folder of the black box of this configuration. */
  boxFolder: string;
  inContainer: boolean;
  version: string;
  lang: Lang;
  redact: (text: string) => string;
  /** Ends the whole run; what is not known by then is reported as such. */
  signal: AbortSignal;
  /** Called when an examination begins or ends. */
  onProgress: (progress: { done: number; total: number; waitsFor: readonly string[] }) => void;
}
