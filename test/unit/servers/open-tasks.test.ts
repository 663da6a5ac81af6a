import { expect, it } from 'vitest';
import { OpenTasks } from '../../../src/servers/open-tasks.js';

const says = (text: string) => Buffer.from(`{"jsonrpc":"2.0",${text}}`);

it('knows a task from its first answer to its end, however that is told', () => {
  const tasks = new OpenTasks();
  tasks.note(says('"id":1,"result":{"content":[]}'), 0);
  expect(tasks.areOpen(0)).toBe(false);
  tasks.note(says('"id":1,"result":{"task":{"taskId":"a","status":"working","ttl":null}}'), 0);
  expect(tasks.areOpen(1e12)).toBe(true);
  tasks.note(says('"id":2,"result":{"taskId":"a","status":"working"}'), 1);
  expect(tasks.areOpen(1)).toBe(true);
  tasks.note(says('"method":"notifications/tasks/status","params":{"taskId":"a","status":"completed"}'), 2);
  expect(tasks.areOpen(2)).toBe(false);
});

it('forgets a task whose time is over', () => {
  const tasks = new OpenTasks();
  tasks.note(says('"id":1,"result":{"task":{"taskId":"a","status":"working","ttl":1000}}'), 500);
  expect(tasks.areOpen(1_499)).toBe(true);
  expect(tasks.areOpen(1_500)).toBe(false);
});
