import { expect, it } from 'vitest';
import { networkAddresses } from '../../../src/daemon/network-addresses.js';
import { watchForWake } from '../../../src/time/wake-watch.js';
import { ManualClock } from '../../helpers/manual-clock.js';

function watched() {
  const clock = new ManualClock();
  const state = { wallAheadMs: 1_000_000, addresses: '192.168.1.5' as string | undefined, woken: 0 };
  const stop = watchForWake({
    ...{ clock, wallNow: () => clock.now() + state.wallAheadMs, addresses: () => state.addresses },
    onWake: () => {
      state.woken += 1;
    },
  });
  return { clock, state, stop };
}

it('nothing is told while nothing happens, and a busy machine is not one that slept', async () => {
  const { clock, state } = watched();
  await clock.advance(600_000);
  state.wallAheadMs += 9_000;
  await clock.advance(60_000);
  expect(state.woken).toBe(0);
});

it('a machine that slept while its clock of differences stood still is told once', async () => {
  const { clock, state } = watched();
  await clock.advance(60_000);
  state.wallAheadMs += 3_600_000;
  await clock.advance(60_000);
  expect(state.woken).toBe(1);
});

it('a clock that is set back is no sleep', async () => {
  const { clock, state } = watched();
  state.wallAheadMs -= 3_600_000;
  await clock.advance(60_000);
  expect(state.woken).toBe(0);
});

it('a network that comes back, and another one, are told; one that vanishes is not', async () => {
  const { clock, state } = watched();
  state.addresses = '';
  await clock.advance(60_000);
  expect(state.woken).toBe(0);
  state.addresses = '192.168.1.5';
  await clock.advance(60_000);
  expect(state.woken).toBe(1);
  state.addresses = '10.0.0.7';
  await clock.advance(60_000);
  expect(state.woken).toBe(2);
});

it('a network that is not known for a while is the one before', async () => {
  const { clock, state } = watched();
  state.addresses = undefined;
  await clock.advance(60_000);
  state.addresses = '192.168.1.5';
  await clock.advance(60_000);
  expect(state.woken).toBe(0);
});

it('a system that cannot tell the addresses ends nothing', () => {
  const fails = () => {
    throw new Error('uv_interface_addresses returned Unknown system error 24');
  };
  expect(networkAddresses(fails)).toBeUndefined();
});

it('nothing is told after its end', async () => {
  const { clock, state, stop } = watched();
  stop();
  state.addresses = '10.0.0.7';
  await clock.advance(60_000);
  expect(state.woken).toBe(0);
});
