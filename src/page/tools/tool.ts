import { membersOf } from './unknown.js';

/** A tool as the page needs it. */
export interface Tool {
  name: string;
  description?: string;
  inputSchema: unknown;
  /** The server says so itself. */
  isDestructive: boolean;
  isReadOnly: boolean;
}

/** The tools in a server's answer; whatever is none is left out. */
export function toolsIn(result: unknown): Tool[] {
  const { tools } = membersOf(result);
  return (Array.isArray(tools) ? tools : []).flatMap((one: unknown) => {
    const { name, description, inputSchema, annotations } = membersOf(one);
    if (typeof name !== 'string') return [];
    const hints = membersOf(annotations);
    const described = typeof description === 'string' && description.trim() !== '' ? { description } : {};
    const isReadOnly = hints.readOnlyHint === true;
    return [
      {
        name,
        ...described,
        inputSchema,
        isReadOnly,
        isDestructive: hints.destructiveHint === true && !isReadOnly,
      },
    ];
  });
}
