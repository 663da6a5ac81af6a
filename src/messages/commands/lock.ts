interface Step {
  server: string;
  package: string;
  does: 'resolve' | 'install' | 'read';
  number: number;
  of: number;
}

interface Done {
  server: string;
  package: string;
  version: string;
  /** The version that was locked. */
  before: string;
  /** What had changed in its installation. */
  file: string;
}

const en = {
  help: {
    about:
      'Locks the packages of servers in mcp_lock.json and installs them: they are started without npx or uvx, and without the registry.',
    names: 'servers to lock; without one, all',
    offline: 'ask no registry: says what is locked and installed as it was made, and what is not',
    json: 'print the answer as JSON',
    more: `
Examples:
  mcp-pipe lock                     lock every server whose command fetches a package, and install it
  mcp-pipe lock memory              only this server
  mcp-pipe lock --offline           is everything here that the next start needs

What is locked keeps its version; mcp-pipe update takes newer ones. Every file of an installation is read: what is missing or has
changed is installed anew from the lock. Put mcp_lock.json into the same repository as mcp_config.json.

Exit codes: 0 all that can be locked is locked and installed; 1 something is not, and is named.
`,
  },
  nothing: 'No server has a command that fetches a package.',
  done: {
    locked: ({ server, package: name, version }: Done) => `${server}: ${name} is locked at ${version}.`,
    kept: ({ server, package: name, version }: Done) => `${server}: ${name} ${version}, as it is locked.`,
    installed: ({ server, package: name, version }: Done) =>
      `${server}: ${name} ${version} was locked, and is installed now.`,
    repaired: ({ server, package: name, version, file }: Done) =>
      `${server}: ${name} ${version} is installed anew, because ${file} had changed.`,
    newer: ({ server, package: name, version, before }: Done) =>
      before === version
        ? `${server}: ${name} ${version} has newer dependencies.`
        : `${server}: ${name} ${before} -> ${version}.`,
  },
  /** What is done at the moment; how long it has taken follows. */
  step: ({ server, package: name, does, number, of }: Step) => {
    const doing = { resolve: 'resolving', install: 'installing', read: 'reading the files of' }[does];
    return `${number} of ${of}, ${server}: ${doing} ${name}`;
  },
  asWritten: ({ server, why }: { server: string; why: string }) =>
    `${server}: stays as its command says, because ${why}.`,
  failed: ({ server, why }: { server: string; why: string }) => `${server}: not locked, because ${why}.`,
  notReady: ({ server, why }: { server: string; why: string }) =>
    `${server}: ${why}. To lock and install it: mcp-pipe lock ${server}`,
  removed: ({ number }: { number: number }) =>
    number === 1
      ? 'Removed an old installation that no mcp_lock.json names.'
      : `Removed ${number} old installations that no mcp_lock.json names.`,
  dataLeft: ({ folder }: { folder: string }) => `What its server had written there is left in ${folder}`,
  latest: ({ server, package: name, version }: Done) =>
    `${server}: ${name} ${version} is locked, and the registry has nothing newer for its command.`,
  unknown: ({
    server,
    package: name,
    version,
    why,
  }: {
    server: string;
    package: string;
    version: string;
    why: string;
  }) =>
    `${server}: whether there is something newer than ${name} ${version} is not known, because ${why}. It stays locked at that, and starts.`,
};

const vi: typeof en = {
  help: {
    about:
      'Khóa package của các server trong mcp_lock.json và cài chúng: server được chạy không cần npx hay uvx, cũng không hỏi registry.',
    names: 'các server cần khóa; không ghi thì là tất cả',
    offline: 'không hỏi registry: cho biết package nào đã khóa và vẫn như lúc được cài, package nào không',
    json: 'in câu trả lời dưới dạng JSON',
    more: `
Ví dụ:
  mcp-pipe lock                     khóa và cài package của mọi server có lệnh tải package
  mcp-pipe lock memory              chỉ server này
  mcp-pipe lock --offline           ở đây đã có đủ mọi thứ cho lần khởi động sau chưa

Package đã khóa thì giữ nguyên phiên bản; mcp-pipe update lấy phiên bản mới hơn. Mọi file của bản cài đều được đọc: file nào thiếu hoặc đã
bị đổi thì package được cài lại theo lock. Hãy để mcp_lock.json trong cùng repository với mcp_config.json.

Mã thoát: 0 mọi package khóa được đều đã khóa và đã cài; 1 có package chưa được, và được nêu tên.
`,
  },
  nothing: 'Không server nào có lệnh tải package.',
  done: {
    locked: ({ server, package: name, version }) => `${server}: ${name} đã được khóa ở ${version}.`,
    kept: ({ server, package: name, version }) => `${server}: ${name} ${version}, đúng như đã khóa.`,
    installed: ({ server, package: name, version }) =>
      `${server}: ${name} ${version} đã khóa từ trước, nay được cài.`,
    repaired: ({ server, package: name, version, file }) =>
      `${server}: ${name} ${version} được cài lại, vì ${file} đã bị đổi.`,
    newer: ({ server, package: name, version, before }) =>
      before === version
        ? `${server}: ${name} ${version} có các package phụ thuộc mới hơn.`
        : `${server}: ${name} từ ${before} lên ${version}.`,
  },
  step: ({ server, package: name, does, number, of }) => {
    const doing = { resolve: 'đang chọn phiên bản của', install: 'đang cài', read: 'đang đọc các file của' }[
      does
    ];
    return `${number}/${of}, ${server}: ${doing} ${name}`;
  },
  asWritten: ({ server, why }) => `${server}: vẫn chạy đúng như lệnh đã viết, vì ${why}.`,
  failed: ({ server, why }) => `${server}: chưa khóa được, vì ${why}.`,
  notReady: ({ server, why }) => `${server}: ${why}. Để khóa và cài: mcp-pipe lock ${server}`,
  removed: ({ number }) => `Đã gỡ ${number} bản cài cũ mà không mcp_lock.json nào còn dùng.`,
  dataLeft: ({ folder }) => `Những gì server đã ghi ở đó vẫn còn trong ${folder}`,
  latest: ({ server, package: name, version }) =>
    `${server}: ${name} ${version} đã khóa, và registry chưa có gì mới hơn cho lệnh của nó.`,
  unknown: ({ server, package: name, version, why }) =>
    `${server}: chưa biết có gì mới hơn ${name} ${version} không, vì ${why}. Server vẫn được khóa ở phiên bản đó và vẫn khởi động được.`,
};

/** The words of `mcp-pipe lock`, in both languages. */
export const texts = { en, vi };
