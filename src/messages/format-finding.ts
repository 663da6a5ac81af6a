import type { Finding } from '../protocol/errors.js';
import { type Lang, messagesFor, wordFinding } from './index.js';

/** `mcp_config.json:12: mcpServers.calc.command: expected a string, got 42. Write … [CONFIG_TYPE]` */
export function formatFinding(finding: Finding, lang: Lang): string {
  const { where, ...said } = wordFinding(finding, lang);
  return `${where === '' ? '' : `${where}: `}${messagesFor(lang).formatFinding(said)} [${finding.code}]`;
}
