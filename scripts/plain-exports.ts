import { parseAst } from 'rolldown/parseAst';

/** As rolldown writes an export in CommonJS, and minifies it. */
const GETTER =
  /Object\.defineProperty\(exports,\s*(['"])([\w$]+)\1,\s*\{\s*enumerable:\s*(?:true|!0),\s*get:\s*function\s*\(\)\s*\{\s*return\b\s*([^{}]+?);?\s*\}\s*\}\)/g;

interface Node {
  type: string;
  [member: string]: unknown;
}

/**
 * A file in CommonJS whose exports are values, but for those that are assigned later. V8 calls a getter at each use, and looks it
 * up, as an object to which many are added becomes a dictionary: a message that passes several files took a fifth more processor time.
 *
 * @param names what the file exports
 * @throws Error when one of them is not found, because it is written in another way
 */
// D373
export function plainExports(code: string, names: readonly string[]): string {
  const assigned = assignedNames(code);
  const left = new Set(names);
  const plain = code.replace(GETTER, (getter, _quote, name: string, value: string) => {
    left.delete(name);
    return assigned.has(value) || !/^[\w$]+$/.test(value) ? getter : `exports.${name}=${value}`;
  });
  // What is exported under its own name alone is written as a value at once.
  for (const name of left)
    if (new RegExp(`\\bexports\\.${name.replaceAll('$', '\\$&')}\\s*=`).test(code)) left.delete(name);
  if (left.size > 0) throw new Error(`rolldown no longer writes exports as it did: ${[...left].join(', ')}`);
  return plain;
}

/** Names that are assigned to anywhere, but for where they are declared, and those that are declared without a value. */
function assignedNames(code: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if (node.type === 'AssignmentExpression') addNames(node.left, names);
    else if (node.type === 'UpdateExpression') addNames(node.argument, names);
    else if (node.type === 'ForInStatement' || node.type === 'ForOfStatement') addNames(node.left, names);
    else if (node.type === 'VariableDeclarator' && node.init === null) addNames(node.id, names);
    for (const member of Object.values(node)) {
      for (const one of Array.isArray(member) ? member : [member]) if (isNode(one)) visit(one);
    }
  };
  visit(parseAst(code) as unknown as Node);
  return names;
}

/** Every name in a target of an assignment; a name that is only read there does no harm. */
function addNames(target: unknown, names: Set<string>): void {
  if (!isNode(target) || target.type === 'MemberExpression') return;
  if (target.type === 'Identifier') names.add(target.name as string);
  for (const member of Object.values(target))
    for (const one of Array.isArray(member) ? member : [member]) addNames(one, names);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
