import type { Diagnosis } from '../../protocol/diagnosis.js';
import type { DoctorText } from '../doctor-parts.js';
import { time } from './numbers.js';

/** Lines about registries of packages. */
export const registryLines = {
  'registry-ok': ({ registry, ms }: { registry: string; ms: number }): DoctorText => ({
    found: `${registry} answers in ${time(ms)}`,
  }),
  'registry-not-needed': ({ registry, status }: { registry: string; status?: number }): DoctorText => ({
    found: `${registry} ${status === undefined ? 'cannot be reached' : `answers with HTTP ${status}`}, and is not needed: the package is locked and installed`,
  }),
  'registry-login': ({ registry, status }: { registry: string; status: number }): DoctorText => ({
    found: `${registry} wants a login (HTTP ${status})`,
    next: 'Check the token of the registry in .npmrc, or UV_INDEX_* for uv, of the user that runs mcp-pipe.',
  }),
  'registry-error': ({ registry, status }: { registry: string; status: number }): DoctorText => ({
    found: `${registry} answers with HTTP ${status}`,
    next: 'The registry has a fault, or the address is wrong: npm config get registry shows it; for uv it is UV_DEFAULT_INDEX. What mcp-pipe lock has locked starts without it.',
  }),
  'package-missing': ({ registry, pkg }: { registry: string; pkg: string }): DoctorText => ({
    found: `${registry} has no package ${pkg}`,
    next: 'Check the spelling of the package. A private one needs a login to the registry.',
  }),
  'registry-unreachable': (
    { registry, diagnosis }: { registry: string; diagnosis: Diagnosis },
    cause: { what: string; next: string },
  ): DoctorText => ({
    found: `${registry} cannot be reached: ${diagnosis.cause === 'refused' ? 'nothing listens there' : cause.what}`,
    next: `npx and uvx ask it at each start, which may fail until it answers. ${diagnosis.cause === 'refused' ? 'npm config get registry shows its address; for uv it is UV_DEFAULT_INDEX.' : cause.next} Once it answers, mcp-pipe lock makes starts independent of it.`,
  }),
};
