import { expect, test } from 'vitest';
import { eachInAFolder, ended, endpoint, running, waitingId, write } from '../helpers/approve-run.js';

eachInAFolder();

test('a call is listed with its arguments, approved by its id, and the next one waits again', async () => {
  write({ approve: ['erase'] });
  const { connection, daemon } = await running(await endpoint());
  expect((await ended('approve')).stdout).toBe('Nothing waits for a person.\n');
  connection.begin('a', 'erase', { path: '/tmp/\u202ea', n: 1 });
  const id = await waitingId();
  const list = await ended('approve');
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toMatch(new RegExp(`^Call ${id}: erase of files, from files; 1\\d\\d s left$`, 'm'));
  expect(list.stdout).toContain('      "path": "/tmp/\\u{202e}a",\n      "n": 1\n');
  expect((await ended('status')).stdout).toContain('1 call waits for a person: mcp-pipe approve');
  expect((await ended('approve', 'nosuch')).code).toBe(1);
  // A server's name approves no call.
  expect((await ended('approve', 'files')).code).toBe(1);
  expect((await ended('approve', '--all')).stdout).toBe('Nothing waits for a person.\n');
  const approved = await ended('approve', id);
  expect(approved).toMatchObject({ code: 0, stdout: 'Approved: the call of erase of files.\n' });
  expect((await connection.reply('a')).result?.content[0].text).toBe('erased /tmp/\u202ea');
  expect((await ended('approve', id)).code).toBe(1);
  connection.begin('b', 'erase', { path: '/b' });
  const other = await waitingId();
  expect(other).not.toBe(id);
  const declined = await ended('decline', other, '--reason', 'not\u001b[31m now');
  expect(declined).toMatchObject({ code: 0, stdout: 'Declined: the call of erase of files.\n' });
  expect((await connection.reply('b')).error).toMatchObject({
    code: -31024,
    data: { why: 'declined', reason: 'not\\u{1b}[31m now' },
  });
  expect(await connection.tool('c', 'received')).toBe('["/tmp/\u202ea"]');
  // The log says that it waited, and no argument.
  expect(daemon.stderr).toContain('A call of \\"erase\\" waits for a person');
  expect(daemon.stderr).not.toContain('/tmp/');
});

test('without a running mcp-pipe, both commands say so', async () => {
  write({});
  expect((await ended('approve')).code).toBe(3);
  expect((await ended('decline', 'abcdef')).code).toBe(3);
  expect((await ended('approve', 'x', '--for', 'soon')).code).toBe(2);
});
