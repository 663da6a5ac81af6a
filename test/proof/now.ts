/** Milliseconds on the monotonic clock of this machine, which is the same for all of its processes. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
