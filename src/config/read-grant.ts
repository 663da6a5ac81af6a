import type { Grant } from '../protocol/grant.js';
import type { WrittenGrant } from './grant-schema.js';
import type { JsonPath } from './json-source.js';
import { readRate } from './rate.js';
import type { SectionReader } from './section-reader.js';

/** What `grantKeys` say, with variables filled in. */
export function readGrant(reader: SectionReader, path: JsonPath, written: WrittenGrant): Grant {
  // One that cannot be read is reported, and allows nothing.
  const list = (key: 'servers' | 'agents' | 'tools') =>
    written[key]?.flatMap((one, i) => reader.text([...path, key, i], one) ?? []);
  const [servers, agents, tools] = [list('servers'), list('agents'), list('tools')];
  const readOnly = String(written.readOnly ?? false).toLowerCase() === 'true';
  const { rate, concurrent } = written;
  return grantOf({ servers, agents, tools, readOnly, rate: readRate(rate), concurrent }) ?? {};
}

/** A grant without the members that limit nothing; undefined when none is left. */
export function grantOf({ servers, agents, tools, readOnly, rate, concurrent }: Grant): Grant | undefined {
  const grant: Grant = {
    ...(servers ? { servers } : {}),
    ...(agents ? { agents } : {}),
    ...(tools ? { tools } : {}),
    ...(readOnly ? { readOnly } : {}),
    ...(rate ? { rate } : {}),
    ...(concurrent ? { concurrent } : {}),
  };
  return Object.keys(grant).length === 0 ? undefined : grant;
}
