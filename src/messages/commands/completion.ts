const en = {
  help: {
    about: 'Prints a script that completes commands, options and server names in your shell.',
    shell: 'your shell',
    more: `
Examples, each to be run once; new terminals complete from then on:
  mcp-pipe completion bash >> ~/.bash_completion
                                             with the package bash-completion installed
  echo 'eval "$(mcp-pipe completion bash)"' >> ~/.bashrc
                                             without it
  echo 'eval "$(mcp-pipe completion zsh)"' >> ~/.zshrc
                                             after compinit, where there is one
  mcp-pipe completion fish > ~/.config/fish/completions/mcp-pipe.fish
`,
  },
};

const vi: typeof en = {
  help: {
    about: 'In script giúp shell tự hoàn thành lệnh, tùy chọn và tên server.',
    shell: 'shell của bạn',
    more: `
Ví dụ, mỗi lệnh chỉ cần chạy một lần; terminal mở sau đó sẽ tự hoàn thành:
  mcp-pipe completion bash >> ~/.bash_completion
                                             khi đã cài package bash-completion
  echo 'eval "$(mcp-pipe completion bash)"' >> ~/.bashrc
                                             khi không có package đó
  echo 'eval "$(mcp-pipe completion zsh)"' >> ~/.zshrc
                                             đặt sau compinit, nếu có
  mcp-pipe completion fish > ~/.config/fish/completions/mcp-pipe.fish
`,
  },
};

/** The words of `mcp-pipe completion`, in both languages. */
export const texts = { en, vi };
