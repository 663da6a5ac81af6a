import type { ListenAddress } from './ui-plan.js';

/** Numbers of the status page and of metrics; the sections "ui" and "metrics" override them. */
export const UI = {
  /** No program that people run beside it has this port: `7420` is free in the list of IANA. */
  port: 7_420,
} as const;

/** Where the page is when nothing says otherwise. */
export const DEFAULT_ADDRESS: ListenAddress = { host: '127.0.0.1', port: UI.port };
