import { mcpPipe, type Subject } from './subjects.js';

/** A pipe whose server has one process, the same run by the code for several, and three: none of them is ever busy for long. */
export function copiesSubjects(): Subject[] {
  const pipe = { ...mcpPipe, mode: 'pipe' as const };
  return [
    { ...pipe, name: 'without instances' },
    { ...pipe, name: 'instances: 1', entry: { instances: 1 } },
    { ...pipe, name: 'instances: 3', entry: { instances: 3 } },
  ];
}
