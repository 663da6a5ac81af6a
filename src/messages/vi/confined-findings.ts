import { type confinedFindings as english, wordsOf } from '../en/confined-findings.js';
import { confinement } from './confinement.js';

/** The errors and warnings about `user`, `nice`, `sandbox` and `image`. */
export const confinedFindings: typeof english = {
  'held-twice': ({ key }) => ({
    expected: `hoặc "image", hoặc "${key}"`,
    got: 'cả hai',
    next: 'Hãy bỏ một trong hai: container do engine giữ, và giới hạn của nó nằm trong "limits".',
  }),
  'image-mount': () => ({
    expected: 'phần nào của máy này thấy được ở đâu: "data:/data" hoặc "data:/data:rw"',
    got: 'một chuỗi khác',
    next: 'Hãy ghi thư mục hoặc file của máy này, dấu hai chấm, rồi đường dẫn tuyệt đối trong container.',
  }),
  'sandbox-path-missing': ({ path }) => ({
    expected: 'file hoặc thư mục có thật',
    got: `${path}, không tồn tại`,
    next: 'Hãy tạo nó, hoặc sửa đường dẫn: đường dẫn tương đối được tính từ "cwd". Mục chỉ đọc mà thiếu thì được bỏ qua; mục được ghi thì phải tồn tại.',
  }),
  'sandbox-fetches': ({ name, program }) => ({
    expected: 'gói đã được khóa: không có mạng thì không tải được gì',
    got: `"network": false, và ${program} phải tải gói về`,
    next: `Hãy khóa gói, khi đó nó được tải về ở ngoài sandbox: mcp-pipe lock ${name}`,
  }),
  'not-held': ({ said: { id, params } }) => {
    const { what, next } = wordsOf(confinement, id, params);
    return { expected: 'hệ thống giữ được server đúng như cấu hình yêu cầu', got: what, next };
  },
};
