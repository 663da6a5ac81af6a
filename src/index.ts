/** The library surface of mcp-pipe: load a configuration, plan, run, watch. */

export { diffPlan, type LinkChange, type PlanDiff, type ServerChange } from './config/diff-plan.js';
export { type LoadedConfig, loadConfig } from './config/load.js';
export { type LinkPlan, makePlan, type Plan, type ServerPlan } from './config/plan.js';
export type { ServerOptions } from './config/server-options.js';
export { App, type AppOptions } from './daemon/app.js';
export { Daemon, type DaemonOptions } from './daemon/daemon.js';
export { openLeases } from './daemon/leases.js';
export { openPackages, type PackagesOfServers } from './daemon/packages/lock-step.js';
export { Watch } from './daemon/watch.js';
export type { RunningEndpoint } from './faces/endpoint/running-endpoint.js';
export { startEndpoint } from './faces/endpoint/server.js';
export type { Lease, LeaseRequest, Leases } from './leases/lease.js';
export { type FindingWords, type Lang, wordFinding } from './messages/index.js';
export type { HealthReport, LinkHealth, ServerHealth, SharedServerHealth } from './observe/health.js';
export type { LinkSnapshot, ServerSnapshot } from './observe/link-snapshot.js';
export type { Observer } from './observe/observer.js';
export type { Cause, Diagnosis } from './protocol/diagnosis.js';
export { Endpoint } from './protocol/endpoint.js';
export {
  ConfigError,
  DialError,
  type Finding,
  LaunchError,
  McpPipeError,
  UsageError,
} from './protocol/errors.js';
export type { CallOutcome, FinishedCall } from './protocol/finished-call.js';
export type { LeaseHolder, LeaseWaiting } from './protocol/lease-words.js';
export type { LinkState, Status, StatusEvent } from './protocol/status.js';
