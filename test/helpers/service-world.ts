import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Cli, folder, isAlive, root } from './cli.js';

/** A folder with a configuration, and a service manager that knows one unit (test/fixtures/systemd). */
export class ServiceWorld {
  readonly unit: string;
  readonly env: Record<string, string>;

  private constructor(readonly cwd: string) {
    this.unit = join(cwd, '.config/systemd/user/mcp-pipe.service');
    this.env = {
      FAKE_SYSTEMD: cwd,
      HOME: cwd,
      NO_COLOR: '1',
      PATH: [join(root, 'test/fixtures/systemd'), dirname(process.execPath), process.env.PATH].join(
        delimiter,
      ),
      XDG_CONFIG_HOME: join(cwd, '.config'),
      XDG_RUNTIME_DIR: join(cwd, 'run'),
      XDG_STATE_HOME: join(cwd, 'state'),
    };
  }

  static async open(): Promise<ServiceWorld> {
    // Nothing that a unit file has to escape is missing here.
    const world = new ServiceWorld(join(await folder(), 'Nguyễn 50% $HOME "x"'));
    mkdirSync(join(world.cwd, 'run'), { recursive: true, mode: 0o700 });
    world.endpoint('ws://127.0.0.1:9/?token=token-of-this-test');
    const mcpServers = { calc: { command: process.execPath, args: [join(root, 'examples/calculator.js')] } };
    writeFileSync(join(world.cwd, 'mcp_config.json'), JSON.stringify({ mcpServers }));
    onTestFinished(() => {
      const pid = world.startedPid;
      if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
      rmSync(dirname(world.cwd), { recursive: true, force: true });
    });
    return world;
  }

  /** Writes the address into `.env`. */
  endpoint(href: string): void {
    writeFileSync(join(this.cwd, '.env'), `MCP_ENDPOINT=${href}\n`, { mode: 0o600 });
  }

  /** The process that the service manager has started last. */
  get startedPid(): number | undefined {
    const file = join(this.cwd, 'pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  /** What the service manager was asked, without questions. */
  get orders(): string[] {
    const calls = readFileSync(join(this.cwd, 'calls'), 'utf8').trim().split('\n');
    return calls.filter((call) => !/show|is-system-running/.test(call));
  }

  async service(...args: string[]) {
    const cli = new Cli(['service', ...args], { cwd: this.cwd, env: this.env });
    return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr };
  }

  async json(...args: string[]) {
    const { code, stdout } = await this.service(...args, '--json');
    return { code, ...JSON.parse(stdout) };
  }
}
