import * as z from 'zod';
import {
  BREAKER_FAILURES,
  BREAKER_PAUSE_MS,
  LEAST_PAUSE_MS,
  LEAST_TIMEOUT_MS,
  MOST_CONCURRENT,
  MOST_QUEUE,
  MOST_TIMES_WITH_PROGRESS,
  QUEUE,
} from '../policy/limit-defaults.js';
import { rateText } from '../protocol/rate-text.js';
import { DEFAULT_RATE } from './rate.js';
import { duration, rate, wants, yesOrNo } from './shapes.js';

function whole(least: number, most: number) {
  const bad = wants('number', { least, most });
  return z.number(bad).int(bad).min(least, bad).max(most, bad);
}

/** Calls at a time, and calls that wait. */
export const concurrent = whole(1, MOST_CONCURRENT);
export const queue = whole(0, MOST_QUEUE);

const usual = rateText(DEFAULT_RATE);
const timeout = duration(LEAST_TIMEOUT_MS);

const breaker = z.strictObject(
  {
    failures: whole(1, 1_000)
      .optional()
      .describe(`After how many failed calls in a row it opens. Default: ${BREAKER_FAILURES}.`),
    pause: duration(LEAST_PAUSE_MS)
      .optional()
      .describe(`How long calls are refused before one tries again. Default: ${BREAKER_PAUSE_MS} ms.`),
  },
  wants('breaker'),
);

const tool = z.strictObject(
  {
    rate: rate.optional().describe('How often each of these tools may be called, by all clients together.'),
    timeout: timeout.optional().describe('How long a call of them may take, in place of that of the server.'),
  },
  wants('calls-of-tool'),
);

/** `"calls"` of a server. */
const calls = z.strictObject(
  {
    rate: rate
      .optional()
      .describe(
        `How often it may be called by all clients together: "100/m", "10/s", "5/30s"; true is ${usual}. Further calls get an error that says when to come again. Default: any number.`,
      ),
    concurrent: concurrent
      .optional()
      .describe('How many calls it works on at a time; further ones wait. Default: any number.'),
    queue: queue
      .optional()
      .describe(
        `How many calls wait for that; clients take turns. Further ones get an error. Default: ${QUEUE}.`,
      ),
    timeout: timeout
      .optional()
      .describe(
        `How long a call may take, in milliseconds or as a text: "60s", "10m". Progress starts the time anew, up to ${MOST_TIMES_WITH_PROGRESS} times as long. Then the client gets an error, and the server is told that the call is cancelled. Default: on a connection of several servers "callTimeoutMs", else no limit.`,
      ),
    breaker: z
      .union([yesOrNo, breaker], wants('breaker'))
      .optional()
      .describe(
        `true: after ${BREAKER_FAILURES} calls in a row that failed because the server ended, was gone or took too long, its calls are refused for ${BREAKER_PAUSE_MS / 1_000} s; then one call tries whether it works again. Or { "failures": 5, "pause": "60s" }. Default: false.`,
      ),
    tools: z
      .record(z.string(), tool, wants('calls-of-tools'))
      .optional()
      .describe('Limits of single tools, by name or glob: the first one that matches counts.')
      .meta({ examples: [{ 'slow_*': { timeout: '10m', rate: '10/m' } }] }),
  },
  wants('calls'),
);

/** The key of a server about its calls. */
export const callsKeys = {
  calls: calls
    .optional()
    .describe(
      'Limits of calls: { "rate": "100/m", "concurrent": 4, "queue": 16, "timeout": "60s", "breaker": true, "tools": { "slow_*": { "timeout": "10m" } } }. Default: none.',
    ),
};

export type RawCalls = z.infer<typeof calls>;
