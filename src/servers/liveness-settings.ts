/** See `config/defaults.ts` for each one's meaning. */
export interface LivenessSettings {
  callWarnMs: number;
  callTimeoutMs: number;
  restartAfterCalls: number;
  serverPingTimeoutMs: number;
}
