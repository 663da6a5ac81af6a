import { onTestFinished } from 'vitest';
import { FakeEndpoint } from './fake-endpoint.js';
import type { TestDaemon } from './link.js';

/** An endpoint that is closed when the test has finished. */
export async function fakeEndpoint(): Promise<FakeEndpoint> {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

/** The processes of a server that were ready, in the order in which they started. */
export function livesOf(test: TestDaemon, server: string): number[] {
  return test
    .all('server-ready')
    .filter((status) => (status.server ?? status.link) === server)
    .map(({ pid }) => pid!);
}
