/**
 * What a view is made of. `E` describes an element, `patch` makes the children of a node what is described: it changes what
 * differs and leaves the rest, so focus, selection and what is typed stay. Text of others is always text, never markup.
 */

type Handler = (event: Event & { currentTarget: Element }) => void;

export interface Props {
  /** What an element is known by among its siblings; without it, its place among those of its tag. */
  key?: string;
  /** Style by way of the object model: the page's CSP allows no `style` attribute. */
  css?: Readonly<Record<string, string>>;
  /** Text that changes with time: set now and by each `tick`. Such an element has no children. */
  tick?: () => string;
  /** Its children are the business of another hand. */
  foreign?: boolean;
  /** Called once the element stands in its parent. */
  ref?: (element: HTMLElement) => void;
  [attribute: string]: unknown;
}

export interface View {
  tag: string;
  props: Props;
  kids: readonly Kid[];
}

/** A part of the page that is built again only when one of `deps` is another value. */
interface Kept {
  key: string;
  deps: readonly unknown[];
  make: () => View;
}

export type Kid = View | Kept | string | number | false | null | undefined | readonly Kid[];

/** One child as it stands in the document. */
interface Mounted {
  key: string;
  node: Node;
  text?: string;
  view?: View;
  deps?: readonly unknown[];
}

const SVG = 'http://www.w3.org/2000/svg';
/** What the user or the browser changes by itself, so that it is no attribute. */
const PROPERTIES = new Set(['value', 'checked', 'indeterminate', 'disabled']);
const mounted = new WeakMap<Node, Mounted[]>();
const ticking = new Map<Element, () => string>();

/**
 * `E('a.button.main', { href, onclick }, 'text', …)`: tag and classes, props, kids. Props that are null, undefined or false are
 * left out; `true` is an empty attribute; `on…` is a handler of that event. A class that changes is the prop `class`. A button
 * sends no form unless its `type` says so.
 */
export function E(tag: string, props?: Props | null, ...kids: Kid[]): View {
  const [name = '', ...classes] = tag.split('.');
  return {
    tag: name,
    props: classes.length === 0 ? (props ?? {}) : { class: classes.join(' '), ...props },
    kids,
  };
}

/** For rows of long lists: the view of `make`, built again when `deps` differ from last time. */
export function keep(key: string, deps: readonly unknown[], make: () => View): Kept {
  return { key, deps, make };
}

// D224: ours, for it is small.
/** Makes the children of `parent` what `kids` says. Another hand must not add or take children there. */
export function patch(parent: Element, ...kids: readonly Kid[]): void {
  const before = new Map((mounted.get(parent) ?? []).map((one) => [one.key, one]));
  const places = new Map<string, number>();
  const keys = new Set<string>();
  const after: Mounted[] = [];
  const fresh: [Element, Props][] = [];
  for (const kid of flat(kids)) {
    const tag = typeof kid === 'string' ? '#' : 'make' in kid ? '' : kid.tag;
    let key = typeof kid === 'string' ? undefined : 'make' in kid ? kid.key : kid.props.key;
    if (key === undefined) {
      const place = places.get(tag) ?? 0;
      places.set(tag, place + 1);
      key = `${tag} ${place}`;
    }
    // Two of one name: both stand, and neither is forgotten.
    while (keys.has(key)) key += ' again';
    keys.add(key);
    const old = before.get(key);
    if (old !== undefined) before.delete(key);
    after.push(mount(parent, key, kid, old, fresh));
  }
  for (const { node } of before.values()) (node as ChildNode).remove();
  place(parent, after);
  mounted.set(parent, after);
  for (const [element, props] of fresh) props.ref?.(element as HTMLElement);
}

/** Sets all texts that change with time. */
export function tick(): void {
  for (const [element, text] of ticking) {
    if (element.isConnected) setText(element, text());
    else ticking.delete(element);
  }
}

function* flat(kids: readonly Kid[]): Generator<View | Kept | string> {
  for (const kid of kids) {
    if (kid === null || kid === undefined || kid === false || kid === '') continue;
    if (Array.isArray(kid)) yield* flat(kid);
    else yield typeof kid === 'number' ? String(kid) : (kid as View | Kept | string);
  }
}

function mount(
  parent: Element,
  key: string,
  kid: View | Kept | string,
  old: Mounted | undefined,
  fresh: [Element, Props][],
): Mounted {
  if (typeof kid === 'string') {
    if (old?.text === undefined) return { key, node: document.createTextNode(kid), text: kid };
    if (old.text !== kid) (old.node as Text).data = kid;
    return { key, node: old.node, text: kid };
  }
  const deps = 'make' in kid ? kid.deps : undefined;
  if (deps !== undefined && old?.deps !== undefined && same(deps, old.deps)) return old;
  const view = 'make' in kid ? kid.make() : kid;
  const kept = old?.view?.tag === view.tag ? old : undefined;
  const element = (kept?.node as Element | undefined) ?? create(parent, view.tag);
  if (old !== undefined && kept === undefined) (old.node as ChildNode).remove();
  setProps(element, view.props, kept?.view?.props ?? {});
  if (view.props.tick !== undefined) {
    ticking.set(element, view.props.tick);
    setText(element, view.props.tick());
  } else {
    if (ticking.delete(element)) element.textContent = '';
    if (!view.props.foreign) patch(element, view.kids);
  }
  // A select takes its value only when it has its options.
  if (view.tag === 'select') setProp(element, 'value', view.props.value, kept?.view?.props.value);
  if (kept === undefined && view.props.ref !== undefined) fresh.push([element, view.props]);
  return { key, node: element, view, ...(deps === undefined ? {} : { deps }) };
}

function create(parent: Element, tag: string): Element {
  const isSvg = tag === 'svg' || (parent.namespaceURI === SVG && parent.localName !== 'foreignObject');
  if (isSvg) return document.createElementNS(SVG, tag);
  const element = document.createElement(tag);
  if (tag === 'button') (element as HTMLButtonElement).type = 'button';
  return element;
}

/** Puts the nodes in order, and moves as few as it can: a node that is moved loses the focus. */
function place(parent: Element, list: readonly Mounted[]): void {
  const focused = document.activeElement;
  let next = parent.firstChild;
  for (const { node } of list) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  if (focused !== document.activeElement && focused?.isConnected) {
    (focused as HTMLElement).focus({ preventScroll: true });
  }
}

function setProps(element: Element, props: Props, old: Props): void {
  for (const name in old) if (!(name in props)) setProp(element, name, undefined, old[name]);
  for (const name in props) setProp(element, name, props[name], old[name]);
}

function setProp(element: Element, name: string, value: unknown, old: unknown): void {
  if (name === 'key' || name === 'tick' || name === 'ref' || name === 'foreign') return;
  if (name === 'css') return setStyle(element as HTMLElement, value as Props['css'], old as Props['css']);
  if (value === old) return;
  if (name.startsWith('on')) {
    (element as unknown as Record<string, unknown>)[name] = (value as Handler | undefined) ?? null;
  } else if (PROPERTIES.has(name)) {
    (element as unknown as Record<string, unknown>)[name] = value ?? (name === 'value' ? '' : false);
  } else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

function setStyle(element: HTMLElement, value: Props['css'] = {}, old: Props['css'] = {}): void {
  for (const name in old) if (!(name in value)) element.style.removeProperty(name);
  for (const name in value) if (value[name] !== old[name]) element.style.setProperty(name, value[name]!);
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function same(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, i) => Object.is(value, other[i]));
}
