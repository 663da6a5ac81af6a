export { causes } from './causes.js';
export { events, link, server } from './events.js';
export { findings, headlines, sayFinding } from './findings.js';
export { hints } from './hints.js';
export { live } from './live.js';
export { numbers } from './numbers.js';
export { came, shapes, syntax } from './parts.js';
export { report } from './report.js';
