import type { CONFINEMENT_WORDS, WhyNoBubblewrap, WhyNoLandlock } from '../../protocol/confinement-words.js';

function noBubblewrap(why: WhyNoBubblewrap): string {
  if (why.is === 'missing') return 'chưa cài bubblewrap';
  if (why.is === 'namespaces') return `bubblewrap không được tạo namespace (${why.said})`;
  if (why.is === 'proc') return `bubblewrap không gắn được /proc, như khi ở trong container (${why.said})`;
  if (why.is === 'network') return `bubblewrap không tạo được mạng riêng (${why.said})`;
  return `bubblewrap bị lỗi (${why.said})`;
}

function noLandlock(why: WhyNoLandlock): string {
  if (why.is === 'no-perl') return 'Landlock cần perl, nhưng máy chưa cài';
  if (why.is === 'off') return 'kernel không có Landlock, hoặc container này không được dùng nó';
  if (why.is === 'old') return `Landlock của kernel này quá cũ (ABI ${why.abi}; cần 3, tức Linux 6.2)`;
  return `chưa hỗ trợ Landlock trên ${why.arch}`;
}

function install(why: WhyNoBubblewrap | undefined): string {
  if (why?.is === 'missing') return 'Hãy cài bubblewrap (apt install bubblewrap)';
  if (why?.is === 'namespaces')
    return 'Hãy cho phép user namespace (sysctl kernel.unprivileged_userns_clone=1, hoặc trên Ubuntu 24.04 là một profile AppArmor cho bwrap), xem docs/vi/sandbox.md';
  return 'Hãy xem docs/vi/sandbox.md';
}

/** Why a server could not be started as `user`, `nice`, `sandbox` and `image` ask. */
export const confinement: typeof CONFINEMENT_WORDS = {
  'not-linux': ({ key, platform }) => ({
    what: `\`${key}\` cần Linux, còn đây là ${platform}`,
    next: `Hãy dùng \`image\` (Docker), hoặc bỏ \`${key}\` nếu server có thể chạy mà không cần nó.`,
  }),
  'no-helper': ({ key, program }) => ({
    what: `\`${key}\` cần chương trình ${program}, nhưng ở đây không có`,
    next: `Hãy cài nó (trên Debian và Ubuntu nó nằm trong util-linux hoặc coreutils), hoặc bỏ \`${key}\`.`,
  }),
  'no-user': ({ user }) => ({
    what: `không có người dùng ${user}`,
    next: 'Hãy sửa `user`, hoặc tạo người dùng đó bằng useradd(8).',
  }),
  'user-not-root': ({ user }) => ({
    what: `chỉ root mới chạy được chương trình bằng người dùng khác (${user})`,
    next: 'Hãy chạy mcp-pipe bằng root, hoặc bằng chính người dùng đó, hoặc bỏ `user`.',
  }),
  'user-cannot-read': ({ user, path }) => ({
    what: `người dùng ${user} không vào được ${path}`,
    next: 'Hãy cho người dùng đó vào (chmod o+x), hoặc đặt server ở nơi người dùng khác đọc được.',
  }),
  'nice-not-root': ({ nice }) => ({
    what: `chỉ root mới đặt được \`nice\` ${nice}`,
    next: 'Hãy dùng số từ 0 đến 19, hoặc chạy mcp-pipe bằng root.',
  }),
  'sandbox-refused': ({ bubblewrap, landlock }) => ({
    what: `trên máy này không có cách nào chạy nó trong sandbox: ${[
      ...(bubblewrap ? [noBubblewrap(bubblewrap)] : []),
      ...(landlock ? [noLandlock(landlock)] : []),
    ].join('; ')}`,
    next: `${install(bubblewrap)}; ${bubblewrap && landlock ? '' : 'hoặc bỏ `by`, để dùng cách chạy được ở đây; '}hoặc dùng \`image\`, hoặc bỏ \`sandbox\`.`,
  }),
  'sandbox-no-path': ({ path }) => ({
    what: `\`sandbox.write\` có ${path}, nhưng nó không tồn tại`,
    next: 'Hãy tạo nó, hoặc sửa đường dẫn; đường dẫn tương đối được tính từ `cwd`.',
  }),
  'sandbox-own-file': ({ path, file }) => ({
    what: `\`sandbox.write\` có ${path}, nơi có ${file} của mcp-pipe, file quyết định lần sau chạy những gì`,
    next: 'Hãy ghi thư mục khác, hoặc một thư mục con của nó.',
  }),
  'sandbox-landlock-hides': ({ path, file }) => ({
    what: `${path} được phép ghi, nhưng ${file} trong đó phải được giấu đi, mà Landlock không làm được`,
    next: 'Hãy ghi các thư mục không chứa file như vậy, hoặc cài bubblewrap (apt install bubblewrap).',
  }),
  'image-own-file': ({ path, file }) => ({
    what: `\`image.mounts\` có ${path}, nơi có ${file} của mcp-pipe, file chứa giá trị bí mật hoặc quyết định lần sau chạy những gì`,
    next: 'Hãy gắn thư mục khác, hoặc một thư mục con của nó.',
  }),
  'no-engine': () => ({
    what: '`image` cần docker hoặc podman, nhưng trong PATH của server không có cái nào',
    next: 'Hãy cài một trong hai (https://docs.docker.com/engine/install/), hoặc chạy server bằng `command`. Trong container của mcp-pipe không có sẵn docker.',
  }),
  'engine-down': ({ engine, said }) => ({
    what: `${engine} không trả lời (${said})`,
    next: `Hãy khởi động nó (\`systemctl start ${engine}\`), và cho người dùng chạy mcp-pipe quyền dùng nó; lệnh \`${engine} version\` cho biết có dùng được không.`,
  }),
  'no-image': ({ engine, image, said }) => ({
    what: `image ${image} chưa có ở đây và không tải về được (${said})`,
    next: `Hãy sửa \`image\`, hoặc chép nó từ máy có mạng sang: ${engine} pull ${image}, rồi ${engine} save và ${engine} load.`,
  }),
};
