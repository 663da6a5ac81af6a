import type { MetricName } from '../../messages/metrics.js';

/** The shape of one metric. Its unit ends its name: seconds, bytes, ratio; else it is a number of things. */
export interface MetricShape {
  type: 'counter' | 'gauge' | 'histogram';
  labels: readonly string[];
}

const counter = (...labels: string[]) => ({ type: 'counter' as const, labels });
const gauge = (...labels: string[]) => ({ type: 'gauge' as const, labels });
const histogram = (...labels: string[]) => ({ type: 'histogram' as const, labels });

/** Every metric with its labels: what is exposed, tested and documented. */
// D227
export const METRICS = {
  mcp_requests_total: counter('server', 'tool', 'status'),
  mcp_request_duration_seconds: histogram('server', 'tool', 'status'),
  mcp_pipe_requests_total: counter('method', 'status'),
  mcp_pipe_link_requests_total: counter('link', 'status'),
  mcp_pipe_requests_in_flight: gauge('server'),
  mcp_pipe_messages_held: gauge('server'),
  mcp_pipe_oldest_request_age_seconds: gauge('server'),

  mcp_pipe_links: gauge('state'),
  mcp_pipe_link_up: gauge('link'),
  mcp_pipe_link_ready: gauge('link'),
  mcp_pipe_link_down_cause: gauge('link', 'cause'),
  mcp_pipe_link_changed_timestamp_seconds: gauge('link'),
  mcp_pipe_dials_total: counter('link'),
  mcp_pipe_dial_failures_total: counter('link', 'cause'),
  mcp_pipe_connections_total: counter('link'),
  mcp_pipe_connection_closes_total: counter('link', 'cause'),
  mcp_pipe_link_received_bytes_total: counter('link'),
  mcp_pipe_link_sent_bytes_total: counter('link'),
  mcp_pipe_link_unsent_bytes: gauge('link'),
  mcp_pipe_dropped_messages_total: counter('link', 'reason'),
  mcp_pipe_queue_full_total: counter('link'),
  mcp_pipe_lease_waiting: gauge('link'),
  mcp_pipe_token_contested: gauge('link'),
  mcp_pipe_lease_yields_total: counter('link'),
  mcp_pipe_lease_losses_total: counter('link'),

  mcp_pipe_servers: gauge('state'),
  mcp_pipe_server_up: gauge('server'),
  mcp_pipe_server_changed_timestamp_seconds: gauge('server'),
  mcp_pipe_server_starts_total: counter('server'),
  mcp_pipe_server_restarts_total: counter('server'),
  mcp_pipe_server_exits_total: counter('server', 'cause'),
  mcp_pipe_server_start_duration_seconds: gauge('server'),
  mcp_pipe_server_asleep: gauge('server'),
  mcp_pipe_server_saved_bytes: gauge('server'),
  mcp_pipe_server_wakes_total: counter('server'),
  mcp_pipe_server_wake_seconds_total: counter('server'),
  mcp_pipe_server_memory_bytes: gauge('server'),
  mcp_pipe_server_memory_limit_bytes: gauge('server'),
  mcp_pipe_server_cpu_limit_ratio: gauge('server'),
  mcp_pipe_server_cpu_ratio: gauge('server'),
  mcp_pipe_server_processes: gauge('server'),
  mcp_pipe_server_instances: gauge('server'),

  mcp_pipe_gateway_clients: gauge('kind'),
  mcp_pipe_gateway_joins_total: counter(),
  mcp_pipe_gateway_missed_sessions_total: counter('reason'),

  mcp_pipe_cache_hits_total: counter('server'),
  mcp_pipe_cache_misses_total: counter('server'),
  mcp_pipe_cache_bytes: gauge('server'),

  mcp_pipe_build_info: gauge('version', 'node'),
  mcp_pipe_config_read_timestamp_seconds: gauge(),
  mcp_pipe_config_refused: gauge(),
  mcp_pipe_redis_up: gauge(),
  mcp_pipe_audit_lost_lines_total: counter(),
  process_start_time_seconds: gauge(),
  process_cpu_seconds_total: counter(),
  process_resident_memory_bytes: gauge(),
  process_open_fds: gauge(),
  nodejs_heap_size_used_bytes: gauge(),
  nodejs_external_memory_bytes: gauge(),
  nodejs_eventloop_lag_p50_seconds: gauge(),
  nodejs_eventloop_lag_p99_seconds: gauge(),
  nodejs_eventloop_lag_max_seconds: gauge(),
} as const satisfies Record<MetricName, MetricShape>;

/**
 * Upper bounds of the histogram, in seconds: from a lookup in memory to the longest call that endpoints wait for. Each one
 * more costs a series for each tool.
 */
export const DURATION_BUCKETS: readonly number[] = [0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
