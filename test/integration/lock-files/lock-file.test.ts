import { execFileSync, fork } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { leaseFiles, nameOf } from '../../../src/leases/files.js';
import { LockFileSlots } from '../../../src/leases/lock-file.js';
import { LeaseQueue } from '../../../src/leases/queue.js';
import type { LeaseHolder } from '../../../src/protocol/lease-words.js';
import { systemClock } from '../../../src/time/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { Asker, account, token } from '../../unit/leases/leases.contract.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mcp-pipe-slots-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function slots(
  path: string,
  { clock = new ManualClock() as Pick<ManualClock, 'after'>, errors = [] as Error[] } = {},
) {
  return new LockFileSlots({
    ...{ folder: path, uid: process.getuid?.(), clock },
    onUnavailable: (error) => errors.push(error),
  });
}

const holdersOf = (path: string) => leaseFiles(path).map(({ slot, content }) => `${slot} ${content?.link}`);

/** Of `take`, which has to succeed. */
function taken(result: ReturnType<LockFileSlots['take']>): () => void {
  if (!('taken' in result)) throw new Error(`it is refused: ${JSON.stringify(result)}`);
  return result.taken;
}

it('a link whose token is free and whose account is not waits without making a file, which would wake itself', async () => {
  const path = folder();
  const shared = slots(path, { clock: systemClock });
  const of = (key: string) => [token(1, key.repeat(64)), account(1)];
  await new Asker(new LeaseQueue({ shared }), 'a', { claims: of('1') }).has();
  let tries = 0;
  const counted = slots(path, { clock: systemClock });
  const waits = new Asker(
    new LeaseQueue({
      shared: {
        heldElsewhere: (claim) => counted.heldElsewhere(claim),
        watch: (wake) => counted.watch(wake),
        takeAll: (claims, link) => {
          tries += 1;
          return counted.takeAll(claims, link);
        },
      },
    }),
    'b',
    { claims: of('2') },
  );
  // Two looks by the poll, and nothing in between that the look itself would have caused.
  await eventually(() => tries >= 3);
  expect(tries).toBe(3);
  expect(waits.waiting).toMatchObject([{ of: 'account', isOwn: false, holder: { link: 'a' } }]);
  expect(holdersOf(path).sort()).toEqual(['0 a', '0 a']);
});

it('gives back its own file only, when another one has its name after the folder was swept away', () => {
  const path = folder();
  const first = taken(slots(path).take(token(), 'first'));
  rmSync(path, { recursive: true });
  const second = taken(slots(path).take(token(), 'second'));
  first();
  expect(holdersOf(path)).toEqual(['0 second']);
  second();
  expect(readdirSync(path)).toEqual([]);
});

it('whoever holds a slot puts its file back when it was swept away, and stops looking when it has given it back', async () => {
  const path = folder();
  const clock = new ManualClock();
  const giveBack = taken(slots(path, { clock }).take(token(), 'first'));
  const since = leaseFiles(path)[0]?.content?.since;
  rmSync(path, { recursive: true });
  await clock.advance(10_000);
  expect(leaseFiles(path)).toMatchObject([{ isAlive: true, content: { link: 'first', since } }]);
  expect(slots(path).take(token(), 'second')).toMatchObject({ holder: { link: 'first' } });
  giveBack();
  expect(readdirSync(path)).toEqual([]);
  expect(clock.pending).toBe(0);
});

it('leaves its slot to whoever has taken it after the file was swept away', async () => {
  const path = folder();
  const clock = new ManualClock();
  const giveBack = taken(slots(path, { clock }).take(token(), 'first'));
  rmSync(path, { recursive: true });
  taken(slots(path).take(token(), 'second'));
  await clock.advance(20_000);
  giveBack();
  expect(holdersOf(path)).toEqual(['0 second']);
});

it('touches files that sweepers of temporary folders would take for forgotten', async () => {
  const path = folder();
  const clock = new ManualClock();
  taken(slots(path, { clock }).take(token(), 'first'));
  const file = join(path, readdirSync(path)[0]!);
  utimesSync(file, new Date(0), new Date(0));
  await clock.advance(10_000);
  expect(Date.now() - statSync(file).mtimeMs).toBeLessThan(60_000);
});

it('of two that are told different numbers each keeps to its own', () => {
  const path = folder();
  const two = slots(path);
  const first = taken(two.take(token(2), 'first'));
  taken(two.take(token(2), 'second'));
  first();
  // Slot 0 is free; all the same there is one connection, which is all that this one may have.
  expect(slots(path).take(token(1), 'one')).toMatchObject({ holder: { link: 'second' } });
  taken(slots(path).take(token(2), 'third'));
  expect(holdersOf(path).sort()).toEqual(['0 third', '1 second']);
});

it('fifty who wait share one watch, which ends when the last one has left', async () => {
  const path = folder();
  await new Asker(new LeaseQueue({ shared: slots(path) }), 'a').has();
  const clock = new ManualClock();
  const shared = slots(path, { clock });
  const leases = new LeaseQueue({ shared });
  const waiting = Array.from({ length: 50 }, (_, order) => new Asker(leases, `link-${order}`, { order }));
  await eventually(() => waiting.every((one) => one.waiting.length > 0));
  expect(clock.pending).toBe(1);
  for (const one of waiting) one.leave();
  expect(clock.pending).toBe(0);
});

it('takes a slot of each claim or of none', async () => {
  const path = folder();
  taken(slots(path).take(account(1), 'a'));
  const other = slots(path);
  expect(await other.takeAll([token(), account(1)], 'b')).toMatchObject({
    refused: { kind: 'account' },
    holder: { link: 'a' },
  });
  expect(holdersOf(path)).toEqual(['0 a']);
});

it('of those that ask in one turn each gets what it would get alone, also when two want the same', async () => {
  const path = folder();
  const [mine, held, one, two] = ['1', '2', '3', '4'].map((digit) => digit.repeat(64));
  taken(slots(path).take(token(1, held), 'other'));
  const shared = slots(path);
  const asked = [
    { claim: token(1, mine), link: 'a' },
    { claim: token(1, held), link: 'b' },
    { claim: token(1, one), link: 'c' },
    { claim: token(1, one), link: 'd' },
    { claim: token(2, two), link: 'e' },
    { claim: token(2, two), link: 'f' },
  ];
  const answers = await Promise.all(asked.map(({ claim, link }) => shared.takeAll([claim], link)));
  const refused = answers.map((answer) => ('refused' in answer ? answer.holder?.link : undefined));
  expect(refused.slice(0, 2)).toEqual([undefined, 'other']);
  expect(refused.slice(2, 4).filter((holder) => holder !== undefined)).toHaveLength(1);
  expect(refused.slice(4)).toEqual([undefined, undefined]);
  const granted = asked.filter((_, i) => refused[i] === undefined).map(({ link }) => link);
  const files = leaseFiles(path).map(({ content }) => content?.link);
  expect(files.sort()).toEqual([...granted, 'other'].sort());
  await Promise.all(answers.map((answer) => 'release' in answer && answer.release()));
  expect(holdersOf(path)).toEqual(['0 other']);
});

it('one of a turn that cannot have all of its slots leaves nothing behind, and no other one waits for it', async () => {
  const path = folder();
  taken(slots(path).take(account(1), 'other'));
  const shared = slots(path);
  const [first, second] = ['1', '2'].map((digit) => token(1, digit.repeat(64)));
  const [refused, free] = await Promise.all([
    shared.takeAll([first!, account(1)], 'a'),
    shared.takeAll([second!], 'b'),
  ]);
  expect(refused).toMatchObject({ refused: { kind: 'account' }, holder: { link: 'other' } });
  expect(free).toHaveProperty('release');
  expect(holdersOf(path).sort()).toEqual(['0 b', '0 other']);
});

it('says that files cannot be used when the folder has become somebody else’s', () => {
  const errors: Error[] = [];
  const path = folder();
  const mine = new LockFileSlots({
    ...{ folder: path, uid: 123_456, clock: new ManualClock() },
    onUnavailable: (error) => errors.push(error),
  });
  expect(mine.take(token(), 'a')).toHaveProperty('taken');
  expect(errors.map(({ message }) => message)).toEqual([`${path} belongs to another user`]);
  expect(readdirSync(path)).toEqual([]);
});

it('a link in the folder’s place is not followed', () => {
  const errors: Error[] = [];
  const target = folder();
  const path = join(folder(), 'link');
  symlinkSync(target, path);
  expect(slots(path, { errors }).take(token(), 'a')).toHaveProperty('taken');
  expect(errors.map(({ message }) => message)).toEqual([`${path} is no folder`]);
  expect(readdirSync(target)).toEqual([]);
});

/** Another process, which takes the only slot of the token. */
async function otherProcess(path: string): Promise<number> {
  const child = fork(join(import.meta.dirname, '../../fixtures/lease-holder.ts'), [path, token().key], {
    execArgv: ['--import', 'tsx'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.once('message', resolve));
  return child.pid!;
}

it.each<[string, (file: string, folder: string) => void]>([
  ['removed', (file) => rmSync(file)],
  ['swept away with its folder', (_, path) => rmSync(path, { recursive: true })],
  [
    'emptied',
    (file) => {
      writeFileSync(file, '');
      utimesSync(file, 1, 1);
    },
  ],
  ['overwritten by somebody', (file) => writeFileSync(file, '{"pid":1,"birth":"gone","link":"x","since":1}')],
])(
  'whoever has a lock file that is %s hears with its next look who has the slot by now',
  async (_, spoil) => {
    const path = folder();
    const clock = new ManualClock();
    const takers: LeaseHolder[] = [];
    const mine = slots(path, { clock });
    const giveBack = taken(mine.take(token(), 'first', (taker) => takers.push(taker)));
    spoil(join(path, readdirSync(path)[0]!), path);
    const pid = await otherProcess(path);
    await clock.advance(9_999);
    expect(takers).toEqual([]);
    await clock.advance(30_000);
    expect(takers).toMatchObject([{ pid, link: 'holder' }]);
    // Until it has closed its connection nothing is given back, and nothing of the other one's is touched.
    giveBack();
    expect(holdersOf(path)).toEqual(['0 holder']);
    expect(clock.pending).toBe(0);
  },
);

it('whoever has an emptied lock file writes it anew while nobody else has taken the slot', async () => {
  const path = folder();
  const clock = new ManualClock();
  const takers: LeaseHolder[] = [];
  taken(slots(path, { clock }).take(token(), 'first', (taker) => takers.push(taker)));
  const file = join(path, readdirSync(path)[0]!);
  writeFileSync(file, '');
  // It may be one that is being written just now.
  await clock.advance(10_000);
  expect(holdersOf(path)).toEqual(['0 undefined']);
  utimesSync(file, 1, 1);
  await clock.advance(2_500);
  expect(holdersOf(path)).toEqual(['0 first']);
  expect(takers).toEqual([]);
});

it.runIf(process.platform !== 'win32').each<[string, (file: string) => void]>([
  ['a pipe', (file) => void execFileSync('mkfifo', [file])],
  ['a folder', (file) => mkdirSync(file)],
  ['a link to itself', (file) => symlinkSync(file, file)],
  ['a link to a device that never ends', (file) => symlinkSync('/dev/zero', file)],
  ['a link to a file', (file) => symlinkSync('/etc/passwd', file)],
  ['a file that nobody may read', (file) => writeFileSync(file, '', { mode: 0 })],
  [
    'a huge file',
    (file) => {
      writeFileSync(file, '');
      truncateSync(file, 2 ** 40);
      utimesSync(file, 1, 1);
    },
  ],
])('%s in the place of a lock file holds nothing up, now or while it is held', async (_, make) => {
  const errors: Error[] = [];
  const path = folder();
  const clock = new ManualClock();
  const file = join(path, nameOf(token().key, 0, 1));
  make(file);
  if (lstatSync(file).isFile()) utimesSync(file, 1, 1);
  const first = taken(slots(path, { errors }).take(token(), 'a'));
  expect(slots(path, { errors }).take(token(), 'b')).toMatchObject({ holder: { link: 'a' } });
  first();
  rmSync(file, { recursive: true, force: true });
  const takers: LeaseHolder[] = [];
  const held = taken(slots(path, { errors, clock }).take(token(), 'c', (taker) => takers.push(taker)));
  const own = join(path, readdirSync(path)[0]!);
  rmSync(own);
  make(own);
  if (lstatSync(own).isFile()) utimesSync(own, 1, 1);
  await clock.advance(20_000);
  expect(slots(path, { errors }).take(token(), 'b')).toMatchObject({ holder: { link: 'c' } });
  expect(takers).toEqual([]);
  held();
  expect(errors).toEqual([]);
});
