import type { texts } from '../messages/commands/run.js';
import type { Frame } from '../protocol/frame.js';
import type { RunningLog } from './logging.js';

/** Logs each frame whole, at the trace level. */
export function traceFrames(logger: RunningLog['logger'], words: typeof texts.en) {
  return (link: string, to: 'server' | 'endpoint', frame: Frame) =>
    logger.trace({ link, to, bytes: frame.length, frame: frame.toString('utf8') }, words.frame({ to }));
}
