import { describe, expect, it } from 'vitest';
import { type CommandLine, LocalizedCommand } from '../../../src/cli/describe/localized-command.js';
import { help } from '../../../src/messages/help.js';
import { displayWidth } from '../../../src/observe/display-width.js';

function helpAt(columns: number): string {
  const line: CommandLine = {
    ...{ lang: 'vi', words: help.vi, argv: [], afterDashes: undefined, commandNames: [], exitCode: 0 },
  };
  const command = new LocalizedCommand('mcp-pipe', line).configureOutput({ getOutHelpWidth: () => columns });
  command.option('--connections-per-token <number>', 'mỗi token nhận bao nhiêu kết nối của server');
  command.option('-c, --config <file>', 'file cấu hình: $MCP_CONFIG, sau đó là ./mcp_config.json');
  return command.helpInformation();
}

describe('the options in the help', () => {
  it('stand beside their descriptions where there is room', () => {
    expect(helpAt(80)).toContain('  --connections-per-token <number>  mỗi token nhận bao nhiêu kết nối');
  });

  it('stand above them on a narrow terminal, and no word is broken', () => {
    const narrow = helpAt(60);
    expect(narrow).toContain(
      '  -c, --config <file>\n      file cấu hình: $MCP_CONFIG, sau đó là\n      ./mcp_config.json\n',
    );
    expect(Math.max(...narrow.split('\n').map(displayWidth))).toBeLessThanOrEqual(60);
  });
});
