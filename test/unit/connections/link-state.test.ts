import { expect, it } from 'vitest';
import { LinkStateMachine } from '../../../src/connections/link-state.js';

it('moves along the table and reports each move', () => {
  const moves: string[] = [];
  const state = new LinkStateMachine((from, to) => moves.push(`${from}>${to}`));
  for (const to of ['starting', 'dialing', 'open', 'waiting', 'starting', 'draining', 'closed'] as const)
    state.moveTo(to);
  expect(moves).toEqual([
    'idle>starting',
    'starting>dialing',
    'dialing>open',
    'open>waiting',
    'waiting>starting',
    'starting>draining',
    'draining>closed',
  ]);
});

it('waits for a lease before it dials, and also a connection that was given up', () => {
  const state = new LinkStateMachine(() => {});
  for (const to of [
    'starting',
    'waiting-for-lease',
    'starting',
    'dialing',
    'open',
    'waiting-for-lease',
    'starting',
  ] as const)
    state.moveTo(to);
  state.moveTo('waiting-for-lease');
  expect(() => state.moveTo('open')).toThrow('cannot move from waiting-for-lease to open');
});

it('refuses a move that is not in the table', () => {
  const state = new LinkStateMachine(() => {});
  expect(() => state.moveTo('waiting')).toThrow('cannot move from idle to waiting');
});
