import type { TestProject } from 'vitest/node';
import { execute, uniqueName } from './execute.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The image under test. */
    image: string;
    /** Why nothing can be tested here; empty when it can. */
    noEngine: string;
    /** How compose is called, for instance `docker compose`; empty where there is none. */
    compose: string;
  }
}

/** Builds the image once for all files, and removes it in the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const image = uniqueName();
  const noEngine = await whyNoEngine();
  // In CI a missing engine is a fault, not a reason to skip.
  if (noEngine && process.env.REQUIRE_DOCKER) throw new Error(noEngine);
  project.provide('image', image);
  project.provide('noEngine', noEngine);
  project.provide('compose', noEngine ? '' : await composeCommand());
  if (noEngine) return async () => {};
  // The host's network: in a bridged one a build may find no way to the registries.
  const args = ['build', '--network', 'host', '--tag', image, '.'];
  const { exitCode, stdout, stderr } = await execute('docker', args, { timeoutMs: 900_000 });
  if (exitCode !== 0) throw new Error(`docker build failed:\n${(stdout + stderr).slice(-4_000)}`);
  return async () => {
    await execute('docker', ['rmi', '--force', image]);
  };
}

async function whyNoEngine(): Promise<string> {
  try {
    const { exitCode, stderr } = await execute('docker', ['info'], { timeoutMs: 10_000 });
    return exitCode === 0 ? '' : `no Docker engine answers: ${stderr.trim().split('\n').at(-1)}`;
  } catch (error) {
    return `docker cannot be run: ${(error as Error).message}`;
  }
}

async function composeCommand(): Promise<string> {
  for (const command of ['docker compose', 'docker-compose']) {
    const [program = '', ...args] = command.split(' ');
    const answer = await execute(program, [...args, 'version'], { timeoutMs: 10_000 }).catch(() => undefined);
    if (answer?.exitCode === 0) return command;
  }
  return '';
}
