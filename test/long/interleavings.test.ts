import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Go, Phase } from '../fixtures/stepped-taker-words.js';

const TAKERS = 3;
/** Each of its own order, the same ones every time. LEASE_RUNS explores more. */
const RUNS = Number(process.env.LEASE_RUNS ?? 150);
const KEY = 'aa'.repeat(32);
const LEASES = join(import.meta.dirname, '../../src/leases');
const TAKER = join(import.meta.dirname, '../fixtures/stepped-taker.ts');

const root = mkdtempSync(join(tmpdir(), 'mcp-pipe-interleavings-'));
const words = new Int32Array(new SharedArrayBuffer(4 * TAKERS * Go.words));
const at = (taker: number, word: number) => taker * Go.words + word;
const get = (taker: number, word: number) => Atomics.load(words, at(taker, word));
const set = (taker: number, word: number, value: number) => Atomics.store(words, at(taker, word), value);
const all = Array.from({ length: TAKERS }, (_, taker) => taker);
let threads: Worker[] = [];

beforeAll(async () => {
  const outfile = join(root, 'taker.mjs');
  await build({
    stdin: {
      contents: `import { LockFileSlots } from './lock-file.js';\nimport { run } from ${JSON.stringify(TAKER)};\nrun(LockFileSlots);`,
      resolveDir: LEASES,
    },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' },
    plugins: [
      {
        name: 'stepped',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^node:fs$|\/identity\.js$/ }, () => ({ path: TAKER }));
        },
      },
    ],
  });
  threads = all.map(
    (index) => new Worker(outfile, { workerData: { index, root, key: KEY, shared: words.buffer } }),
  );
  await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('online', resolve))));
});

afterAll(async () => {
  await Promise.all(threads.map((thread) => thread.terminate()));
  rmSync(root, { recursive: true, force: true });
});

/** Lets one taker go on to its next call of the file system. */
function step(taker: number): void {
  set(taker, Go.isRunning, 1);
  Atomics.notify(words, at(taker, Go.isRunning));
  if (Atomics.wait(words, at(taker, Go.isRunning), 1, 10_000) === 'timed-out') throw new Error('it hangs');
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function leave(folder: string, slot: number, number: number, content: string): void {
  writeFileSync(join(folder, `${KEY.slice(0, 32)}.${slot}.${number}.lease`), content);
}

/** What others have left behind before. */
function prepared(run: number, slots: number, random: () => number): string {
  const folder = join(root, String(run));
  mkdirSync(folder);
  const gone = JSON.stringify({
    pid: 1,
    birth: 'b',
    kind: 'token',
    label: 'aaaaaaaa',
    link: 'gone',
    since: 1,
  });
  for (let slot = 0; slot < slots; slot++) {
    if (random() < 0.5) leave(folder, slot, 1 + Math.floor(2 * random()), gone);
    if (random() < 0.2) leave(folder, slot, 3, '');
  }
  return folder;
}

const isOpen = (phase: number) => phase === Phase.holds || phase === Phase.looks;
const holders = () => all.filter((taker) => isOpen(get(taker, Go.phase)) && !get(taker, Go.isDead));

function begin(run: number, slots: number, looks: number): void {
  for (const taker of all) {
    set(taker, Go.run, run);
    set(taker, Go.slots, slots);
    set(taker, Go.isDead, 0);
    set(taker, Go.lost, 0);
    set(taker, Go.looks, looks);
  }
}

/** One run of all takers in an order of its own. The result tells what happened in it, when it is none that may. */
function explore(run: number, slots: number, won: { times: number }): string | undefined {
  const random = chance(run * 7919 + slots);
  const folder = prepared(run, slots, random);
  begin(run, slots, 0);
  const log: string[] = [];
  let taker = 0;
  // Some runs change the taker often, some let each go on for long; most changes are where much depends on them.
  const restless = 0.3 * random();
  const old = random();
  const deadly = random() < 0.4 ? 0.01 : 0;
  for (let steps = 0; steps < 150; steps++) {
    const living = all.filter((one) => !get(one, Go.isDead));
    const isDue = random() < (get(taker, Go.isCritical) ? 0.5 : restless);
    if (isDue || !living.includes(taker)) taker = living[Math.floor(random() * living.length)]!;
    set(taker, Go.isOld, random() < old ? 1 : 0);
    // The first one lives, to look at what the others have left.
    if (taker > 0 && random() < deadly) set(taker, Go.isDead, 1);
    // Whoever holds looks now and then, and finds its file, since nobody takes any away.
    if (random() < 0.2) set(taker, Go.looks, 1);
    const before = get(taker, Go.phase);
    step(taker);
    const after = get(taker, Go.phase);
    log.push(`${taker}${get(taker, Go.isDead) ? ' dies' : ''} ${before}>${after}`);
    if (after === Phase.failed) return log.join(', ');
    if (after === Phase.holds && before === Phase.takes) won.times += 1;
    if (get(taker, Go.lost) > 0) return `a slot is lost that nobody has touched: ${log.join(', ')}`;
    if (holders().length > slots) return `too many hold: ${log.join(', ')}`;
  }
  for (const one of all) set(one, Go.looks, 0);
  // Whoever lives comes to its end; then nothing stands in the way of the first one.
  for (const one of all) for (let i = 0; i < 100 && get(one, Go.phase) !== Phase.idle; i++) step(one);
  set(0, Go.isOld, 1);
  for (let i = 0; i < 100 && get(0, Go.phase) !== Phase.holds; i++) step(0);
  if (get(0, Go.phase) !== Phase.holds) return `the slot is lost: ${readdirSync(folder)}: ${log.join(', ')}`;
  for (let i = 0; i < 100 && get(0, Go.phase) !== Phase.idle; i++) step(0);
  const left = readdirSync(folder);
  if (slots === 1 && left.length > 0) return `${left} is left behind: ${log.join(', ')}`;
  rmSync(folder, { recursive: true });
  return undefined;
}

it.each([1, 2])(
  'in no order of their calls of the file system do more than %i of three takers win, and no slot is lost',
  (slots) => {
    const won = { times: 0 };
    for (let run = 0; run < RUNS; run++) {
      expect(explore(slots * RUNS + run, slots, won), `run ${run}`).toBeUndefined();
    }
    // They do take slots, and not only keep each other from it.
    expect(won.times).toBeGreaterThan(RUNS);
  },
  60_000 + 100 * RUNS,
);

const isAtRest = (phase: number) => phase === Phase.holds || phase === Phase.idle;

/** The same with lock files that are taken away or emptied at any moment; then those who hold look after theirs. */
function sweep(run: number, slots: number, seen: { tooMany: number; lost: number }): string | undefined {
  const random = chance(run * 104_729 + slots);
  const folder = prepared(run, slots, random);
  begin(run, slots, 9);
  for (const taker of all) set(taker, Go.isOld, 1);
  const log: string[] = [];
  const stepOne = (taker: number) => {
    const before = get(taker, Go.phase);
    step(taker);
    log.push(`${taker} ${before}>${get(taker, Go.phase)}`);
    return get(taker, Go.phase) !== Phase.failed;
  };
  const pick = () => Math.floor(random() * TAKERS);
  let taker = 0;
  for (let steps = 0; steps < 120; steps++) {
    if (random() < 0.2) taker = pick();
    if (random() < 0.1) {
      const names = readdirSync(folder);
      const name = names[Math.floor(random() * names.length)];
      if (name !== undefined && random() < 0.6) rmSync(join(folder, name));
      else if (name !== undefined) writeFileSync(join(folder, name), '');
    }
    if (!stepOne(taker)) return log.join(', ');
    if (holders().length > slots) seen.tooMany += 1;
  }
  // Nobody takes files away any more. Whoever was about to remove its own may still hit another's of that name.
  for (const one of all) for (let i = 0; i < 200 && !isAtRest(get(one, Go.phase)); i++) step(one);
  // In any order, each comes to hold or to wait, and whoever holds looks twice more.
  const rounds = new Map(all.map((one) => [one, 0]));
  for (const one of all) set(one, Go.looks, 99);
  for (let steps = 0; steps < 4_000 && [...rounds.values()].some((count) => count < 3); steps++) {
    if (random() < 0.2) taker = pick();
    const before = get(taker, Go.phase);
    if (!stepOne(taker)) return log.join(', ');
    const after = get(taker, Go.phase);
    if (after !== before && (after === Phase.holds || after === Phase.idle))
      rounds.set(taker, rounds.get(taker)! + 1);
  }
  seen.lost += all.reduce((sum, one) => sum + get(one, Go.lost), 0);
  if (holders().length > slots) return `too many hold: ${readdirSync(folder)}: ${log.slice(-80).join(', ')}`;
  for (const one of all) set(one, Go.looks, 0);
  for (const one of all) for (let i = 0; i < 200 && get(one, Go.phase) !== Phase.idle; i++) step(one);
  for (let i = 0; i < 200 && get(0, Go.phase) !== Phase.holds; i++) step(0);
  if (get(0, Go.phase) !== Phase.holds) return `the slot is lost: ${readdirSync(folder)}: ${log.join(', ')}`;
  for (let i = 0; i < 200 && get(0, Go.phase) !== Phase.idle; i++) step(0);
  rmSync(folder, { recursive: true });
  return undefined;
}

it.each([1, 2])(
  'whatever files are taken away meanwhile, no more than %i of three hold after each has looked, and no slot is lost',
  (slots) => {
    const seen = { tooMany: 0, lost: 0 };
    for (let run = 0; run < RUNS; run++) {
      expect(sweep((10 + slots) * RUNS + run, slots, seen), `run ${run}`).toBeUndefined();
    }
    // It does happen, and is put right by those who look.
    expect(seen.tooMany).toBeGreaterThan(0);
    expect(seen.lost).toBeGreaterThan(0);
  },
  60_000 + 100 * RUNS,
);
