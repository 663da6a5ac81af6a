import { type confinedFindings as english, wordsOf } from '../en/confined-findings.js';
import { confinement } from './confinement.js';

/** The errors and warnings about `user`, `nice`, `sandbox` and `image`. */
export const confinedFindings: typeof english = {
  'held-twice': ({ key }) => ({
    expected: `hoặc "image", hoặc "${key}"`,
    got: 'cả hai',
    next: 'Hãy bỏ một trong hai: container do docker hoặc podman quản lý, và giới hạn của nó nằm trong "limits".',
  }),
  'image-mount': () => ({
    expected: 'thư mục nào của máy này hiện ra ở đâu trong container: "data:/data" hoặc "data:/data:rw"',
    got: 'một chuỗi khác',
    next: 'Hãy ghi thư mục hoặc file của máy này, dấu hai chấm, rồi đường dẫn tuyệt đối trong container.',
  }),
  'sandbox-path-missing': ({ path }) => ({
    expected: 'file hoặc thư mục có thật',
    got: `${path}, không tồn tại`,
    next: 'Hãy tạo nó, hoặc sửa đường dẫn: đường dẫn tương đối được tính từ "cwd". Mục chỉ để đọc mà không có thì được bỏ qua; mục để ghi thì phải có.',
  }),
  'sandbox-fetches': ({ name, program }) => ({
    expected: 'package đã được khóa: không có mạng thì không tải được gì',
    got: `"network": false, và ${program} phải tải package về`,
    next: `Hãy khóa package, khi đó nó được tải về ở ngoài sandbox: mcp-pipe lock ${name}`,
  }),
  'not-held': ({ said: { id, params } }) => {
    const { what, next } = wordsOf(confinement, id, params);
    return { expected: 'hệ thống chạy được server theo đúng các hạn chế trong cấu hình', got: what, next };
  },
};
