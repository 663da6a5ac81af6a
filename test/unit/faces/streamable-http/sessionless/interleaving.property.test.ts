import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settled } from '../../../../helpers/manual-clock.js';
import {
  both,
  legacy,
  type RequestUnderTest,
  type ServerMessage,
  sessionlessWorld,
} from '../../../../helpers/sessionless-world.js';

/** What happens next; `pick` chooses among what there is. */
interface Step {
  what: 'call' | 'answer' | 'fail' | 'ask' | 'withdraw' | 'progress' | 'retry' | 'leave' | 'turn';
  pick: number;
}

const step = fc.record({
  what: fc.constantFrom<Step['what'][]>(
    ...(['call', 'call', 'call', 'answer', 'answer', 'fail', 'ask', 'withdraw', 'progress'] as const),
    ...(['retry', 'retry', 'leave', 'turn'] as const),
  ),
  pick: fc.nat(1_000),
});

interface Wanted {
  tag: string;
  state: string;
  keys: string[];
}

const picked = <T>(from: readonly T[], pick: number): T | undefined => from[pick % from.length];
const tagOf = ({ params }: ServerMessage) => (params!.arguments as { tag: string }).tag;
const text = (tag: string) => `[{"type":"text","text":${JSON.stringify(`of ${tag}`)} , "x":1.0}]`;

test.each([
  ['translated', legacy(), ''],
  ['carried', both(), '"resultType":"complete",'],
] as const)(
  '%s: each request gets one reply, its own, whatever comes in between',
  async (_, answering, type) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = sessionlessWorld({ answering });
        const requests: { tag: string; request: RequestUnderTest }[] = [];
        const answered = new Set<ServerMessage>();
        const asked: number[] = [];
        const used = new Set<string>();
        let count = 0;
        const begin = (tag: string, more = {}) => {
          count += 1;
          const request = world.call('t', { tag }, { progressToken: 'p' });
          requests.push({ tag, request });
          return Object.assign(request, more);
        };
        // The server is known from here on.
        world.send('server/discover');
        await settled();
        const open = () => world.server.of('tools/call').filter((call) => !answered.has(call));
        const wanted = (): Wanted[] =>
          requests.flatMap(({ tag, request: { reply } }) => {
            const result = reply?.result as Record<string, unknown> | undefined;
            if (result?.resultType !== 'input_required' || used.has(result.requestState as string)) return [];
            return [
              {
                tag,
                state: result.requestState as string,
                keys: Object.keys(result.inputRequests as object),
              },
            ];
          });
        for (const { what, pick } of steps) {
          const call = picked(open(), pick);
          if (what === 'call') begin(`t${count}`);
          else if (what === 'turn') await settled();
          else if (what === 'leave') picked(requests, pick)?.request.leave();
          else if (what === 'withdraw') {
            const requestId = picked(asked, pick);
            if (requestId !== undefined)
              world.server.say({ method: 'notifications/cancelled', params: { requestId } });
          } else if (what === 'ask') {
            asked.push(asked.length);
            world.server.say({ id: asked.length - 1, method: 'roots/list' });
          } else if (what === 'retry') {
            const round = picked(wanted(), pick);
            if (!round) continue;
            used.add(round.state);
            const inputResponses = Object.fromEntries(round.keys.map((key) => [key, { roots: [] }]));
            const params = {
              name: 't',
              arguments: { tag: round.tag },
              requestState: round.state,
              inputResponses,
            };
            requests.push({
              tag: round.tag,
              request: world.send('tools/call', params, { progressToken: 'q' }),
            });
          } else if (call && what === 'progress') {
            const params = { progressToken: call.id, progress: 1, message: tagOf(call) };
            world.server.say({ method: 'notifications/progress', params });
          } else if (call) {
            answered.add(call);
            const rest =
              what === 'answer'
                ? `"result":{${type}"content":${text(tagOf(call))}}`
                : `"error":{"code":1,"message":${JSON.stringify(tagOf(call))}}`;
            world.server.say(`{"jsonrpc":"2.0","id":${call.id},${rest}}`);
          }
        }
        await settled();
        for (const call of open()) {
          answered.add(call);
          world.server.say(
            `{"jsonrpc":"2.0","id":${call.id},"result":{${type}"content":${text(tagOf(call))}}}`,
          );
        }
        await settled();
        for (const { tag, request } of requests) {
          const replies = request.frames.filter((frame) => !frame.includes('"method":"notifications/'));
          expect(replies.length).toBeLessThanOrEqual(1);
          // Only who has left gets no reply.
          if (request.isOpen) throw new Error(`no reply for ${tag}`);
          for (const { params } of request.notifications) expect(params).toMatchObject({ message: tag });
          const [reply] = replies;
          if (reply === undefined || request.result?.resultType === 'input_required') continue;
          if (request.error) expect(request.error).toEqual({ code: 1, message: tag });
          else expect(reply).toContain(`"result":{"resultType":"complete","content":${text(tag)}}`);
        }
        // No answer to a request of the server is given twice.
        const given = world.server.received.filter(({ method }) => method === undefined).map(({ id }) => id);
        expect(new Set(given).size).toBe(given.length);
      }),
      { numRuns: 60 },
    );
  },
);
