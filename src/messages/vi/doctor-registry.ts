import type { registryLines as english } from '../en/doctor-registry.js';
import { time } from './numbers.js';

/** Lines about registries of packages. */
export const registryLines: typeof english = {
  'registry-ok': ({ registry, ms }) => ({ found: `${registry} trả lời trong ${time(ms)}` }),
  'registry-not-needed': ({ registry, status }) => ({
    found: `${status === undefined ? `không tới được ${registry}` : `${registry} trả lời HTTP ${status}`}, nhưng không cần đến: package đã được khóa và cài`,
  }),
  'registry-login': ({ registry, status }) => ({
    found: `${registry} yêu cầu đăng nhập (HTTP ${status})`,
    next: 'Kiểm tra token của registry trong .npmrc, hoặc UV_INDEX_* đối với uv, của người dùng chạy mcp-pipe.',
  }),
  'registry-error': ({ registry, status }) => ({
    found: `${registry} trả lời HTTP ${status}`,
    next: 'Registry đang lỗi, hoặc địa chỉ sai: npm config get registry cho biết địa chỉ; với uv là UV_DEFAULT_INDEX. Package mà mcp-pipe lock đã khóa vẫn khởi động mà không cần nó.',
  }),
  'package-missing': ({ registry, pkg }) => ({
    found: `${registry} không có package ${pkg}`,
    next: 'Kiểm tra chính tả tên package. Package riêng tư cần đăng nhập vào registry.',
  }),
  'registry-unreachable': ({ registry, diagnosis }, cause) => ({
    found: `không tới được ${registry}: ${diagnosis.cause === 'refused' ? 'không có gì lắng nghe ở đó' : cause.what}`,
    next: `npx và uvx hỏi nó mỗi lần khởi động, nên khi nó chưa trả lời thì có thể không khởi động được. ${diagnosis.cause === 'refused' ? 'npm config get registry cho biết địa chỉ của nó; với uv là UV_DEFAULT_INDEX.' : cause.next} Khi nó trả lời lại, mcp-pipe lock giúp các lần khởi động sau không cần đến nó.`,
  }),
};
