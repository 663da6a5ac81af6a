import type { limitFindings as english } from '../en/limit-findings.js';
import { size } from './numbers.js';

export const limitFindings: typeof english = {
  'memory-limit-low': ({ memory, node }) => ({
    expected: `từ ${size(node)} trở lên cho một server Node.js, vốn đã dùng 60 đến 70 MiB trước lời gọi đầu tiên`,
    got: size(memory),
    next: 'Hãy tăng lên, trừ khi bạn biết chắc server cần ít hơn; nếu không, nó sẽ bị khởi động lại mãi.',
  }),
  'memory-limit-high': ({ memory, totalBytes }) => ({
    expected: `ít hơn bộ nhớ của máy hoặc container này, ${size(totalBytes)}`,
    got: size(memory),
    next: 'Hãy giảm xuống: máy sẽ hết bộ nhớ trước khi server chạm giới hạn.',
  }),
  'pids-limit-low': ({ pids, node }) => ({
    expected: `từ ${node} trở lên cho một server Node.js: các luồng của nó cũng được tính, và cả luồng của npx bên cạnh`,
    got: String(pids),
    next: 'Hãy tăng lên, trừ khi bạn biết chắc server cần ít hơn; nếu không, nó không khởi động được hoặc sẽ bị khởi động lại mãi.',
  }),
};
