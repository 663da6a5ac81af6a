import type { Clock } from '../../time/clock.js';
import { EventStream } from './event-stream.js';
import type { HttpAnswer } from './http-requests.js';
import type { Cut, Inflow } from './inflow.js';
import type { FrameSink } from './read-answer.js';
import { Silence } from './silence.js';

export interface SseStreamOptions {
  inflow: Inflow;
  maxFrameBytes: number;
  clock: Clock;
  sink: FrameSink;
  /** Called with the data of each event `endpoint`. */
  onEndpoint: (address: string) => void;
  onId: (id: string) => void;
}

/** Reads the stream of a server over HTTP+SSE. Resolves with why it was cut; undefined: the server ended it. Never rejects. */
export async function readSseStream({ body }: HttpAnswer, options: SseStreamOptions): Promise<Cut> {
  const { inflow, maxFrameBytes, clock, sink, onEndpoint, onId } = options;
  const events = new EventStream(maxFrameBytes, {
    onData: (data, type) => {
      if (type === 'message') sink.onFrame(data);
      else if (type === 'endpoint') onEndpoint(data.toString('utf8'));
    },
    onOversize: sink.onOversize,
    onId,
  });
  const silence = new Silence(body, clock);
  const cut = await inflow.read(body, {
    push: (chunk) => {
      silence.heard(chunk);
      events.push(chunk);
    },
    end: () => events.end(),
    discard: () => events.discard(),
    heldBytes: () => events.heldBytes,
  });
  silence.stop();
  return silence.isTooLong ? 'ETIMEDOUT' : cut;
}
