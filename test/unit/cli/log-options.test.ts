import { describe, expect, it } from 'vitest';
import { logSettings } from '../../../src/cli/log-options.js';
import { UsageError } from '../../../src/protocol/errors.js';

describe('the level of the log', () => {
  it.each([
    [{}, {}, 'info'],
    [{}, { LOG_LEVEL: 'WARNING' }, 'warn'],
    [{}, { LOG_LEVEL: 'debug', MCP_PIPE_LOG_LEVEL: 'error' }, 'error'],
    [{ logLevel: 'trace' }, { LOG_LEVEL: 'debug', MCP_PIPE_LOG_LEVEL: 'error' }, 'trace'],
    // Other programs read that variable as well.
    [{}, { LOG_LEVEL: 'verbose' }, 'info'],
  ])('of %j in %j is %s', (options, env, level) => {
    expect(logSettings(options, env, false, 'info')).toMatchObject({ level, format: 'json' });
  });

  it('that is none is refused where it is meant for mcp-pipe', () => {
    expect(() => logSettings({}, { MCP_PIPE_LOG_LEVEL: 'verbose' }, false, 'info')).toThrow(UsageError);
  });
});
