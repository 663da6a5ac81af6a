import { expect, it } from 'vitest';
import type { ServerState } from '../../../src/protocol/status.js';
import { ServerStateMachine } from '../../../src/servers/server-state.js';

function after(...to: ServerState[]) {
  const moves: string[] = [];
  const machine = new ServerStateMachine((from, next) => moves.push(`${from}>${next}`));
  for (const state of to) machine.moveTo(state);
  return { machine, moves };
}

it('moves along the table, and reports each move once', () => {
  const { moves } = after('waiting', 'starting', 'initializing', 'ready', 'ready', 'ending', 'stopped');
  expect(moves).toEqual([
    'stopped>waiting',
    'waiting>starting',
    'starting>initializing',
    'initializing>ready',
    'ready>ending',
    'ending>stopped',
  ]);
});

it('refuses a move that is not in the table', () => {
  const { machine, moves } = after('waiting', 'starting', 'initializing', 'ready', 'ending');
  expect(() => machine.moveTo('ready')).toThrow('a server cannot move from ending to ready');
  expect(machine.state).toBe('ending');
  expect(moves.at(-1)).toBe('ready>ending');
});

const FAILED: ServerState[] = ['waiting', 'starting', 'initializing', 'ending', 'waiting'];

it.each<[isFailing: boolean, states: ServerState[]]>([
  [false, ['waiting']],
  [false, ['waiting', 'starting', 'initializing', 'ready', 'ending']],
  [true, ['waiting', 'starting', 'waiting']],
  [true, FAILED],
  [true, [...FAILED, 'starting', 'initializing']],
  [false, [...FAILED, 'starting', 'initializing', 'ready']],
  [false, [...FAILED, 'starting', 'initializing', 'refused']],
  // A fresh process in the place of one that ran.
  [false, [...FAILED, 'starting', 'initializing', 'starting']],
  [false, [...FAILED, 'between-turns', 'starting']],
])('fails: %s, after %j', (isFailing, states) => {
  expect(after(...states).machine.isFailing).toBe(isFailing);
});
