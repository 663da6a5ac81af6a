/**
 * The script that each shell evaluates. It calls `mcp-pipe __complete WORDS...`, whose last word is the one under the
 * cursor, so that commands, options and servers are those of the installed program.
 */
export const SCRIPTS = {
  // Also runs on bash 3.2 (macOS): without mapfile, and with compopt only where it exists.
  bash: `# bash completion for mcp-pipe
_mcp_pipe() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line kind=
  [[ $current == "=" ]] && current=
  # The word as it is meant: \`my\\ server\` is one name.
  local meant="\${current//\\\\/}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
    elif [[ $kind == files ]]; then
      COMPREPLY+=("\${line%%$'\\t'*}")
    else
      COMPREPLY+=("$(printf %q "\${line%%$'\\t'*}")")
    fi
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$meant" 2>/dev/null)
  if [[ $kind == files ]]; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$meant")
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  fi
}
complete -F _mcp_pipe mcp-pipe
`,
  zsh: `#compdef mcp-pipe
# zsh completion for mcp-pipe
_mcp_pipe() {
  local -a lines values shown
  local line
  lines=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in "\${(@)lines[2,-1]}"; do
    values+=("\${line%%$'\\t'*}")
    shown+=("\${line%%$'\\t'*}  \${line#*$'\\t'}")
  done
  (( $#values )) && compadd -l -d shown -a -- values
  [[ $lines[1] == files ]] && _files
  return 0
}
if [[ $funcstack[1] == _mcp_pipe ]]; then
  _mcp_pipe "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _mcp_pipe mcp-pipe
fi
`,
  fish: `# fish completion for mcp-pipe
function __mcp_pipe_complete
    set -l words (commandline -opc)
    set -l lines ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
    for line in $lines[2..-1]
        echo $line
    end
    if test "$lines[1]" = files
        __fish_complete_path (commandline -ct)
    end
end
complete -c mcp-pipe -f -a '(__mcp_pipe_complete)'
`,
} as const;

export type Shell = keyof typeof SCRIPTS;
