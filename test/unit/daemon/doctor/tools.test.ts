import { describe, expect, test } from 'vitest';
import { defaults } from '../../../../src/config/defaults.js';
import type { LinkPlan, ServerPlan } from '../../../../src/config/plan.js';
import { judgeTools } from '../../../../src/daemon/doctor/servers.js';

const tools = (count: number, size = 0) =>
  Array.from({ length: count }, (_, i) => ({ name: `t${i}`, description: 'x'.repeat(size) }));
const server = (name: string, filter = {}): ServerPlan => ({ name, options: { tools: filter } }) as never;
const link = (kind: LinkPlan['kind'], settings = {}, more = {}): LinkPlan =>
  ({ name: 'mux', kind, settings: { ...defaults, ...settings }, ...more }) as never;

describe('the tools that a link shows', () => {
  const judged = (
    plan: LinkPlan,
    lists: Record<string, ReturnType<typeof tools>>,
    filters: Record<string, object> = {},
  ) => {
    const servers = ['a', 'b'].map((name) => server(name, filters[name]));
    const said = judgeTools(plan, servers, (name) => lists[name]);
    return said && `${said.severity} ${said.id} ${(said.params as { count: number }).count}`;
  };

  test.each<[string, string | undefined, Parameters<typeof judged>]>([
    ['are counted together', 'ok tools-ok 5', [link('mux'), { a: tools(2), b: tools(3) }]],
    ['are not judged while a list is missing', undefined, [link('mux'), { a: tools(2) }]],
    ['are many', 'warning tools-many 71', [link('mux'), { a: tools(70), b: tools(1) }]],
    ['are long', 'warning tools-many 2', [link('mux'), { a: tools(1, 70_000), b: tools(1) }]],
    [
      'are over maxTools',
      'warning tools-over-budget 5',
      [link('mux', { maxTools: 4 }), { a: tools(2), b: tools(3) }],
    ],
    [
      'are over maxToolListBytes',
      'warning tools-over-budget 2',
      [link('mux', { maxToolListBytes: 9 }), { a: tools(1), b: tools(1) }],
    ],
    [
      'of a rotation are those of one server at a time',
      'ok tools-ok 69',
      [link('rotate'), { a: tools(5), b: tools(69) }],
    ],
    [
      'pass the filters first',
      'ok tools-ok 11',
      [link('mux'), { a: tools(90), b: tools(1) }, { a: { allow: ['t1*'], deny: ['t1'] } }],
    ],
    [
      'pass the filter of the agent as well',
      'ok tools-ok 2',
      [link('mux', {}, { tools: { a: { allow: ['t5'] } } }), { a: tools(90), b: tools(1) }],
    ],
  ])('%s', (_, expected, given) => {
    expect(judged(...given)).toBe(expected);
  });

  test('of one server alone are said with the server', () => {
    expect(judgeTools(link('pipe'), [server('a')], () => tools(3))).toBeUndefined();
  });
});
