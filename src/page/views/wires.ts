import type { FeedClass, FeedLink, FeedServer, FeedSnapshot } from '../../protocol/feed.js';
import { E, type Kid, type Props, patch, type View } from '../dom.js';
import { onDrawn, page } from '../state.js';

type Point = readonly [x: number, y: number];

/** Drawn later and above: what is broken. */
const ABOVE: readonly FeedClass[] = ['rest', 'ok', 'busy', 'bad'];
/** Of both ends, the one that says how the wire is. */
const WORSE: readonly FeedClass[] = ['ok', 'rest', 'busy', 'bad'];

let svg: SVGElement | undefined;
let drawn = '';

/** The layer that the wires are drawn on, once rows and cards have their places. Hidden from readers: each row names its agents. */
export function wires(): Kid {
  return E('svg.wires', {
    key: 'wires',
    'aria-hidden': 'true',
    foreign: true,
    ref: (element) => {
      svg = element as unknown as SVGElement;
      drawn = '';
    },
  });
}

/** Handlers that light the wires of a server or link while the pointer or the focus is on it. */
export function light(kind: 'server' | 'link', name: string): { hover: Props; focus: Props } {
  const on = () => lit(kind, name);
  const off = () => lit();
  return { hover: { onmouseenter: on, onmouseleave: off }, focus: { onfocus: on, onblur: off } };
}

function lit(kind?: 'server' | 'link', name?: string): void {
  if (!svg?.isConnected) return;
  svg.classList.toggle('hot', kind !== undefined);
  for (const path of svg.querySelectorAll('path')) {
    path.classList.toggle('on', kind !== undefined && path.dataset[kind] === name);
  }
}

/** Draws them anew where rows or cards stand elsewhere now. */
export function drawWires(): void {
  const { snapshot } = page.feed;
  const bay = svg?.parentElement;
  if (snapshot === undefined || !svg?.isConnected || !bay || getComputedStyle(svg).display === 'none') return;
  const box = bay.getBoundingClientRect();
  const ports = new Map<string, Point>();
  for (const port of bay.querySelectorAll<HTMLElement>('.port')) {
    const at = port.getBoundingClientRect();
    ports.set(port.dataset.port ?? '', [
      Math.round(at.left + at.width / 2 - box.left),
      Math.round(at.top + at.height / 2 - box.top),
    ]);
  }
  const views = wireViews(snapshot, ports);
  const next = JSON.stringify(views);
  if (next === drawn) return;
  drawn = next;
  patch(svg, views);
}

onDrawn(drawWires);

function wireViews({ servers, links }: FeedSnapshot, ports: ReadonlyMap<string, Point>): View[] {
  const byName = new Map(links.map((link) => [link.name, link]));
  const pairs = servers.flatMap((server) =>
    server.links.flatMap((name) => {
      const link = byName.get(name);
      const [from, to] = [ports.get(`server ${server.name}`), ports.get(`link ${name}`)];
      return link && from && to ? [{ server, link, from, to, class: worse(server, link) }] : [];
    }),
  );
  pairs.sort((one, other) => ABOVE.indexOf(one.class) - ABOVE.indexOf(other.class));
  const crosses = new Map<string, View[]>();
  const paths = pairs.map(({ server, link, from, to, class: of }) => {
    const [x1, x2] = [from[0] + 6, to[0] - 6];
    const bend = (to[0] - from[0]) * 0.55;
    const names = { 'data-server': server.name, 'data-link': link.name };
    // The cross stands on the side where the fault is.
    if (server.class === 'bad') crosses.set(`server ${server.name}`, cross(from[0] + 15, from[1], names));
    if (link.class === 'bad') crosses.set(`link ${link.name}`, cross(to[0] - 15, to[1], names));
    const d = `M${x1} ${from[1]}C${x1 + bend} ${from[1]} ${x2 - bend} ${to[1]} ${x2} ${to[1]}`;
    return E('path', { key: `${server.name} ${link.name}`, class: of, d, ...names });
  });
  return [...paths, ...[...crosses.values()].flat()];
}

function cross(x: number, y: number, of: Props): View[] {
  return [
    E('circle.gap', { cx: x, cy: y, r: 8 }),
    E('path.cross', { d: `M${x - 4.5} ${y - 4.5}l9 9M${x + 4.5} ${y - 4.5}l-9 9`, ...of }),
  ];
}

function worse(server: FeedServer, link: FeedLink): FeedClass {
  return WORSE.indexOf(server.class) >= WORSE.indexOf(link.class) ? server.class : link.class;
}
