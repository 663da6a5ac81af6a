import * as z from 'zod';
import type { Grant } from '../protocol/grant.js';
import type { JsonPath } from './json-source.js';
import { readRate } from './rate.js';
import type { SectionReader } from './section-reader.js';
import { rate, text, wants, yesOrNo } from './shapes.js';

const globs = z.union([text, z.array(text, wants('texts'))], wants('texts'));

/** The keys of what a caller may have and do; a member that is lacking limits nothing. */
export const grantKeys = {
  servers: globs
    .optional()
    .describe(
      'Only these servers; * and ? as in file names. With "agents" and without it: none. Default: all.',
    ),
  agents: globs.optional().describe('Only these agents. With "servers" and without it: none. Default: all.'),
  tools: globs
    .optional()
    .describe('Only these tools, by the names that their servers give them. Default: all.'),
  readOnly: yesOrNo
    .optional()
    .describe('true: only tools that say that they change nothing ("readOnlyHint"). Default: false.'),
  rate: rate
    .optional()
    .describe('How many calls, of all tools together: "100/m", "10/s". Default: any number.'),
};

const grant = z.strictObject(grantKeys, wants('grant'));
export type WrittenGrant = z.infer<typeof grant>;
export { grant as grantShape };

/** What `grantKeys` say, with variables filled in. */
export function readGrant(reader: SectionReader, path: JsonPath, written: WrittenGrant): Grant {
  const list = (key: 'servers' | 'agents' | 'tools') => {
    const given = written[key];
    if (given === undefined) return {};
    const all = Array.isArray(given) ? given : [given];
    const texts = all.map((one, i) =>
      reader.text(Array.isArray(given) ? [...path, key, i] : [...path, key], one),
    );
    // One that cannot be read is reported, and allows nothing.
    return { [key]: texts.filter((one) => one !== undefined) };
  };
  const isReadOnly = String(written.readOnly ?? false).toLowerCase() === 'true';
  const limit = readRate(written.rate);
  return {
    ...{ ...list('servers'), ...list('agents'), ...list('tools') },
    ...(isReadOnly ? { readOnly: true } : {}),
    ...(limit ? { rate: limit } : {}),
  };
}
